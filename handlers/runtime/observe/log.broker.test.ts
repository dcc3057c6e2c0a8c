import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, cpSync, mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildHandlers, createWorld, until, type World } from '#testbed'

let folder: string
let file: string
let world: World
let child: ChildProcess | undefined

/** A handler that logs a line for each request, of a kilobyte. */
beforeAll(async () => {
  folder = join(mkdtempSync(join(tmpdir(), 'warren-')), 'talkative')
  mkdirSync(folder)
  writeFileSync(join(folder, 'handler.yaml'), 'http: 8080\nscale: { min: 1 }\n')
  writeFileSync(
    join(folder, 'handler.ts'),
    `
    import { handler } from 'warren'

    export default handler({
      subscriptions: () => [],
      serve: (_, { log }) => (request, response) => {
        log.info({ text: 'x'.repeat(1_000) }, 'request')
        response.end('answered')
      },
    })
    `,
  )
  world = await createWorld([folder])
  file = (await buildHandlers([folder]))[0]!.file
})

afterEach(() => child?.kill('SIGKILL'))

afterAll(async () => {
  await world?.close()
  rmSync(join(folder, '..'), { recursive: true })
})

/** Starts the handler with this standard output and waits until it is ready. Returns a function that sends a request. */
async function start(output: number | 'pipe'): Promise<() => Promise<string>> {
  const env = await world.env('talkative')
  child = spawn(process.execPath, [file], {
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', output, 'inherit', 'ipc'],
  })
  const started = child
  await new Promise<void>((ready, failed) => {
    started.on('message', (message: { ready?: boolean }) => message.ready && ready())
    started.once('exit', (code) => failed(new Error(`it ended with exit code ${code}`)))
  })
  return async () => (await fetch(`http://127.0.0.1:${env['HTTP_PORT']}`)).text()
}

async function expectItGoesOn(request: () => Promise<string>) {
  for (let sent = 0; sent < 2_000; sent++) expect(await request()).toBe('answered')
  child!.kill('SIGTERM')
  expect(await once(child!, 'exit')).toEqual([0, null])
}

const onLinux = process.platform === 'linux' ? test : test.skip

onLinux('a handler whose log lines do not fit on the disk answers without them', async () => {
  const full = openSync('/dev/full', 'w')
  const request = await start(full)
  closeSync(full)
  await expectItGoesOn(request)
})

test('a handler whose log lines have no reader any more answers without them', async () => {
  const request = await start('pipe')
  child!.stdout!.destroy()
  await expectItGoesOn(request)
})

const withTerminal = spawnSync('script', ['--version']).status === 0 ? test : test.skip

/** Starts the handler with a terminal as its standard output, and waits until it is ready. Returns what the terminal has shown. */
async function shownOnTerminal(bundle: string): Promise<string> {
  let shown = ''
  child = spawn('script', ['--quiet', '--flush', '--command', `'${process.execPath}' '${bundle}'`, '/dev/null'], {
    env: { PATH: process.env.PATH, ...(await world.env('talkative')) },
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const ended = once(child, 'exit')
  child.stdout!.on('data', (chunk: Buffer) => (shown += chunk.toString()))
  await until(() => shown.includes('ready'), { within: 20_000 })
  child.kill('SIGTERM')
  await ended
  return shown
}

withTerminal('on a terminal the lines of a log are for a person, if pino-pretty is installed', async () => {
  const installed = join('handlers/runtime/fixtures/.warren/talkative', 'handler.cjs')
  mkdirSync(join(installed, '..'), { recursive: true })
  for (const name of ['handler.cjs', 'handler.json']) cpSync(join(file, '..', name), join(installed, '..', name))
  try {
    expect(await shownOnTerminal(installed)).toMatch(/\[\d\d:\d\d:[\d.]+\] \S*INFO\S* \(talkative\):.*ready/)
  } finally {
    rmSync(join(installed, '..'), { recursive: true })
  }
  // There are no packages around this one.
  expect(await shownOnTerminal(file)).toMatch(/^\{"level":30,.*"msg":"ready"\}/m)
})
