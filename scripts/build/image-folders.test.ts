import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { until } from '../testbed/until.ts'
import { loadManifests } from '#runtime/manifest/index.ts'
import { buildImageFolders, shipped, watchImageFolders, type ImageFolder } from './image-folders.ts'

const made: string[] = []
afterAll(() => {
  for (const folder of made) rmSync(folder, { recursive: true, force: true })
})

/** Makes a handler outside of handlers/. */
function handler(): string {
  const parent = mkdtempSync(join(tmpdir(), 'warren-'))
  const folder = join(parent, `keeper-${basename(parent).slice(-6).toLowerCase()}`)
  made.push(parent, join('.warren/build', basename(folder)))
  mkdirSync(join(folder, 'migrations'), { recursive: true })
  writeFileSync(join(folder, 'handler.yaml'), 'database: true\n')
  writeFileSync(
    join(folder, 'handler.ts'),
    `import { handler } from 'warren'\nexport default handler({ subscriptions: () => [], ports: () => 'morning' })`,
  )
  writeFileSync(join(folder, 'migrations/0001_first.sql'), 'select 1;\n')
  return folder
}

/** Bytes of large libraries: billing draws PDFs, and the font reader of its library brings a dictionary of 1.3 MB, in both programs. */
const libraries: Readonly<Record<string, number>> = { billing: 2_250_000 }

test('every handler and the mail sink get all that their image needs, the map of their sources included, in at most 5.25 MB or what their libraries add', async () => {
  const folders = await buildImageFolders()
  const handlers = loadManifests('handlers').map(({ name }) => name)
  expect(folders.map(({ name }) => name)).toEqual([...handlers, 'mail'])
  for (const { name, folder, bytes } of folders) {
    for (const file of name === 'mail'
      ? ['handler.cjs', 'sbom.cdx.json', 'LICENSE.warren']
      : ['prepare.cjs', 'handler.json', 'LICENSE.warren'])
      expect(existsSync(join(folder, file))).toBe(true)
    expect(bytes).toBeGreaterThan(100_000)
    expect(bytes).toBeLessThan(5_250_000 + (libraries[name] ?? 0))
  }
})

test('the migrations of runtime and handler are copied beside the bundles, and renamed ones are removed', async () => {
  const source = handler()
  const [built] = await buildImageFolders([source])
  expect(readdirSync(join(built!.folder, 'runtime-migrations'))).toEqual(
    readdirSync('handlers/runtime/database/migrations'),
  )
  expect(readdirSync(join(built!.folder, 'migrations'))).toEqual(['0001_first.sql'])

  renameSync(join(source, 'migrations/0001_first.sql'), join(source, 'migrations/0001_begin.sql'))
  await buildImageFolders([source])
  expect(readdirSync(join(built!.folder, 'migrations'))).toEqual(['0001_begin.sql'])
})

test('files that a build does not change keep their modification time', async () => {
  const source = handler()
  const [built] = await buildImageFolders([source])
  const files = ['handler.cjs', 'prepare.cjs', 'handler.json', 'sbom.cdx.json', 'migrations/0001_first.sql']
  const times = () => files.map((file) => statSync(join(built!.folder, file)).mtimeMs)
  const before = times()
  writeFileSync(join(source, 'migrations/0001_first.sql'), 'select 2;\n')
  await buildImageFolders([source])
  expect(times().slice(0, -1)).toEqual(before.slice(0, -1))
  expect(times().at(-1)).toBeGreaterThan(before.at(-1)!)
})

test('the software list names every package in the bundles, with version, licence and purl', async () => {
  const [built] = await buildImageFolders(['notifications'])
  const list = JSON.parse(readFileSync(join(built!.folder, 'sbom.cdx.json'), 'utf8')) as {
    metadata: { component: { name: string } }
    components: { name: string; version: string; purl: string; licenses: { expression: string }[] }[]
  }
  expect(list).toMatchObject({ bomFormat: 'CycloneDX', specVersion: '1.6' })
  expect(list.metadata.component.name).toBe('notifications')
  for (const name of ['amqplib', 'nodemailer', 'pino', 'zod', 'pg', 'node-pg-migrate']) {
    const { version, license } = JSON.parse(readFileSync(`node_modules/${name}/package.json`, 'utf8')) as {
      version: string
      license: string
    }
    const purl = `pkg:npm/${name}@${version}`
    expect(list.components).toContainEqual({
      type: 'library',
      'bom-ref': purl,
      name,
      version,
      licenses: [{ expression: license }],
      purl,
    })
  }
  expect(list.components.map(({ name }) => name)).not.toContain('express')
})

test('the image receives exactly the files whose size is reported', () => {
  const letThrough = readFileSync('Dockerfile.dockerignore', 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('!.warren/build/*/'))
  expect(letThrough.map((line) => line.slice('!.warren/build/*/'.length))).toEqual(shipped)
})

test('a name without a handler is refused', async () => {
  await expect(buildImageFolders(['mail', 'runtime'])).rejects.toThrow('runtime is not a handler')
})

test('a watch rebuilds changed sources and migrations, and reports a mistake in a sentence', async () => {
  const source = handler()
  const builds: ImageFolder[][] = []
  const failures: string[] = []
  const watching = await watchImageFolders([source], {
    built: (folders) => builds.push(folders),
    failed: ({ message }) => failures.push(message),
  })
  try {
    await until(() => builds.length === 1)
    const [{ folder } = { folder: '' }] = builds[0]!

    writeFileSync(join(source, 'migrations/0001_first.sql'), 'select 2;\n')
    await until(() => builds.length === 2)
    expect(readFileSync(join(folder, 'migrations/0001_first.sql'), 'utf8')).toBe('select 2;\n')

    writeFileSync(join(source, 'handler.yaml'), 'databse: true\n')
    await until(() => failures.length === 1)
    expect(failures[0]).toContain('databse is not a known key')

    writeFileSync(join(source, 'handler.yaml'), 'database: true\nconcurrency: 3\n')
    await until(() => builds.length === 3)
    expect(JSON.parse(readFileSync(join(folder, 'handler.json'), 'utf8'))).toMatchObject({ concurrency: 3 })
  } finally {
    await watching.stop()
  }
})
