import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { freePorts } from '../servers/ports.ts'
import { until } from '../testbed/until.ts'
import { blocksOf, changesIn, commandsIn, edited, patternOf, wholeFile, type Block } from './guide-blocks.ts'
import { packInto } from './begun-system.ts'

const guide = readFileSync('docs/guide.md', 'utf8')

/** The sections that have something to follow, in order. */
const sections = guide
  .split(/^## /m)
  .map((section) => ({ title: section.slice(0, section.indexOf('\n')), blocks: blocksOf(section) }))
  .filter(({ blocks }) => blocks.length > 0)

/** The reader's terminals: where they stand, and what the system in one of them has printed. */
let cwd: string
let start: { child: ChildProcess; said: () => string } | undefined
let port: number
let folder: string
/** The id that an answer has named last. */
let tripId = ''

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'warren-guide-'))
  cwd = folder
  ;[port = 0] = await freePorts(1)
  packInto(folder)
}, 240_000)

afterAll(async () => {
  await stop()
  rmSync(folder, { recursive: true, force: true })
})

test('every block of the guide is a file, a change or commands', () => {
  const unknown = blocksOf(guide).filter(
    (block) => block.language !== 'diff' && block.language !== 'console' && !wholeFile(block),
  )
  expect(unknown.map(({ line }) => `line ${line}`)).toEqual([])
})

test.each(sections)(
  'the section "$title" works as described',
  async ({ blocks }) => {
    for (const block of blocks) await follow(block)
  },
  240_000,
)

async function follow(block: Block): Promise<void> {
  const file = wholeFile(block)
  if (file) {
    mkdirSync(dirname(join(cwd, file.path)), { recursive: true })
    return writeFileSync(join(cwd, file.path), file.content)
  }
  if (block.language === 'diff') return change(block)
  for (const { command, output } of commandsIn(block)) await type(command, patternOf(here(output)))
}

/** A running system replaces the handler that has changed; the guide lets its reader wait for that. */
async function change(block: Block): Promise<void> {
  const before = start?.said().length ?? 0
  for (const { path, change } of changesIn(block))
    writeFileSync(join(cwd, path), edited(readFileSync(join(cwd, path), 'utf8'), change))
  if (start?.child.exitCode === null) await until(() => start?.said().slice(before).includes('Changed: '))
}

/** Runs a command as a shell does, and compares what it prints. A command that only looks is repeated until it sees the outcome. */
async function type(command: string, expected: RegExp): Promise<void> {
  const [, place] = /^cd (\S+)$/.exec(command) ?? []
  if (place !== undefined) return void (cwd = join(cwd, place))
  if (command === 'npm start') {
    await stop()
    start = system()
    await until(() => start!.said().includes('Ctrl-C stops everything') || start!.child.exitCode !== null, {
      within: 90_000,
    })
    expect(start.said()).toContain('Ctrl-C stops everything')
    return expect(start.said()).toMatch(expected)
  }
  const run = () => {
    const { stdout, stderr, status } = spawnSync('sh', ['-c', here(command)], {
      cwd,
      encoding: 'utf8',
      env: env(),
      timeout: 240_000,
    })
    return `${stdout}${stderr}${status === 0 ? '' : `\nexit code ${status}`}`
  }
  let output = run()
  const onlyLooks = /^npm run (trace|logs|dead -- list)|^curl -s \S+$/.test(command)
  if (onlyLooks) await until(() => expected.test((output = run())), { within: 60_000 }).catch(() => undefined)
  expect(`$ ${command}\n${output}`).toMatch(expected)
  ;[, tripId = tripId] = /"tripId":"([^"]+)"/.exec(output) ?? []
}

/** The guide's words with the port and the ids of this place. */
function here(text: string): string {
  return text.replaceAll('localhost:3000', `localhost:${port}`).replaceAll('<tripId>', tripId)
}

/** As in a shell of its own, because npm and Jest set variables for their children; npm asks nothing, and uses what it has downloaded. */
function env(): NodeJS.ProcessEnv {
  return { PATH: process.env.PATH, HOME: process.env.HOME, npm_config_yes: 'true', npm_config_prefer_offline: 'true' }
}

function system() {
  const child = spawn('npm', ['start'], {
    cwd,
    env: { ...env(), PORT: String(port) },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (said += chunk.toString()))
  return { child, said: () => said }
}

/** Ctrl-C, and the wait for the end. */
async function stop(): Promise<void> {
  const { child } = start ?? {}
  if (child?.pid === undefined || child.exitCode !== null) return
  const ended = new Promise((resolve) => child.once('close', resolve))
  process.kill(-child.pid, 'SIGINT')
  await ended
  start = undefined
}
