import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { until } from '../testbed/until.ts'
import { buildHandlers, watchHandlers, type Bundle } from './bundles.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'warren-'))
  folder = join(folder, `greeter-${basename(folder).slice(-6).toLowerCase()}`)
  mkdirSync(folder)
  write('handler.yaml', 'handles: []\n')
  write(
    'handler.ts',
    `import { handler } from 'warren'\nimport { greeting } from './greeting.ts'\nexport default handler({ subscriptions: () => [greeting] })`,
  )
  write('greeting.ts', `export const greeting = 'good morning' as never`)
})
afterEach(() => rmSync(join(folder, '..'), { recursive: true }))

const write = (file: string, text: string) => writeFileSync(join(folder, file), text)

test('a handler becomes one file, with the contents of its handler.yaml beside it', async () => {
  write('handler.yaml', 'handles: []\ntimeout: 5s\n')
  const [bundle] = await buildHandlers([folder])
  expect(bundle).toMatchObject({ name: basename(folder), folder, manifest: { concurrency: 20, timeout: 5_000 } })
  expect(readFileSync(bundle!.file, 'utf8')).toContain('good morning')
  expect(JSON.parse(readFileSync(bundle!.file.replace('.cjs', '.json'), 'utf8'))).toEqual({
    name: basename(folder),
    handles: [],
    timeout: '5s',
  })
})

test('a handler elsewhere with the name of a shipped one leaves the shipped bundle unchanged', async () => {
  const namesake = join(folder, '../bank')
  renameSync(folder, namesake)
  const [shipped] = await buildHandlers(['bank'])
  const [bundle] = await buildHandlers([namesake])
  expect(readFileSync(bundle!.file, 'utf8')).toContain('good morning')
  expect(readFileSync(shipped!.file, 'utf8')).not.toContain('good morning')
})

test('a bundle with other constants goes to its own folder and leaves the usual one unchanged', async () => {
  write('greeting.ts', `declare const GREETING: string\nexport const greeting = GREETING as never`)
  const [usual] = await buildHandlers([folder])
  const [other] = await buildHandlers([folder], { into: join(folder, 'other'), define: { GREETING: '"good night"' } })
  expect(other!.file).toBe(join(folder, 'other', basename(folder), 'handler.cjs'))
  expect(readFileSync(other!.file, 'utf8')).toContain('good night')
  expect(readFileSync(usual!.file, 'utf8')).not.toContain('good night')
})

test('code that asks for the place of its module gets that of the bundle', async () => {
  write('greeting.ts', `export const greeting = console.log(new URL('./file', import.meta.url).pathname) as never`)
  const [bundle] = await buildHandlers([folder])
  const { stdout } = await promisify(execFile)(process.execPath, [bundle!.file]).catch(
    (ended: unknown) => ended as { stdout: string },
  )
  expect(stdout).toContain(`${dirname(bundle!.file)}/file`)
})

test('a compile error is reported with file and line', async () => {
  write('greeting.ts', `export const greeting = 'good morning'\nexport const farewell = = 1`)
  await expect(buildHandlers([folder])).rejects.toThrow(/greeting\.ts:2:/)
})

test('a folder without handler.yaml is refused by name', async () => {
  await expect(buildHandlers(['runtime'])).rejects.toThrow('runtime is not a handler')
})

/** Watches the handler, and collects what it learns. */
async function watched() {
  const changes: Bundle[] = []
  const failures: string[] = []
  const watching = await watchHandlers([folder], {
    changed: (bundles) => changes.push(...bundles),
    failed: ({ message }) => failures.push(message),
  })
  return { changes, failures, watching }
}

test('a change to a source or to handler.yaml rebuilds the bundle, and a mistake is reported in a sentence', async () => {
  const { changes, failures, watching } = await watched()
  try {
    write('greeting.ts', `export const greeting = 'good evening' as never`)
    await until(() => changes.length === 1)
    expect(readFileSync(changes[0]!.file, 'utf8')).toContain('good evening')

    write('greeting.ts', `export const greeting = = 1`)
    await until(() => failures.length === 1)
    expect(failures[0]).toMatch(/greeting\.ts:1:/)

    write('greeting.ts', `export const greeting = 'good evening' as never`)
    write('handler.yaml', 'handles: []\nconcurrency: 7\n')
    await until(() => changes.length === 2)
    expect(changes[1]!.manifest.concurrency).toBe(7)
  } finally {
    await watching.stop()
  }
})

test('a migration that is added or edited counts as a change of its handler', async () => {
  write('handler.yaml', 'handles: []\ndatabase: true\n')
  const { changes, failures, watching } = await watched()
  try {
    mkdirSync(join(folder, 'migrations'))
    write('migrations/0001_greetings.sql', 'create table greetings (name text);\n')
    await until(() => changes.length === 1)
    write('migrations/0001_greetings.sql', 'create table greetings (name text, language text);\n')
    await until(() => changes.length === 2)
    expect(failures).toEqual([])
  } finally {
    await watching.stop()
  }
})

test('the bundle of a handler that no longer exists is removed', async () => {
  const root = join(folder, '..', 'system')
  const handlers = ['kept', 'removed'].map((name) => join(root, 'handlers', name))
  for (const handler of handlers) {
    mkdirSync(handler, { recursive: true })
    writeFileSync(join(handler, 'handler.yaml'), 'handles: []\n')
    writeFileSync(join(handler, 'handler.ts'), 'export default {}\n')
  }
  mkdirSync(join(root, 'handlers/runtime/process'), { recursive: true })
  writeFileSync(join(root, 'handlers/runtime/process/run.ts'), 'export const run = () => {}\n')
  await buildHandlers(undefined, { root })
  expect(readdirSync(join(root, '.warren/build'))).toEqual(['kept', 'removed'])

  rmSync(handlers[1]!, { recursive: true })
  await buildHandlers(undefined, { root })
  expect(readdirSync(join(root, '.warren/build'))).toEqual(['kept'])
})
