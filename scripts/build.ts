import { randomUUID } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { mkdir, readdir, rename, writeFile } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { context, formatMessages, type BuildFailure, type BuildOptions, type OutputFile, type Plugin } from 'esbuild'
import { loadManifest, type Manifest } from '#runtime/manifest.ts'

/** What runs: one file with everything in it, and the manifest beside it (`handler.json`). */
export interface Bundle {
  readonly name: string
  /** The folder with `handler.ts` and `handler.yaml`. */
  readonly folder: string
  /** `handler.cjs` */
  readonly file: string
  readonly manifest: Manifest
}

export interface Watching {
  readonly bundles: readonly Bundle[]
  stop(): Promise<void>
}

/**
 * Bundles handlers into `.warren/build/<name>/`: what runs on the laptop is what ships in images.
 *
 * @param handlers names of folders under `handlers/`, or paths of handler folders elsewhere; all of `handlers/` by default
 * @throws a sentence per mistake, with file and line, when a source does not compile or a `handler.yaml` is wrong
 */
export async function buildHandlers(handlers?: readonly string[], { root = process.cwd() } = {}): Promise<Bundle[]> {
  const folders = await foldersOf(handlers, root)
  const building = await context({ ...options(folders, root), plugins: [entries(folders, root)] })
  try {
    const { outputFiles = [] } = await building.rebuild()
    await Promise.all(outputFiles.map(save))
    return await Promise.all(folders.map((folder) => describe(folder, root)))
  } catch (failure) {
    throw await readable(failure)
  } finally {
    await building.dispose()
  }
}

/**
 * Bundles like `buildHandlers`, and again whenever a source or a `handler.yaml` changes.
 *
 * @param changed the bundles that came out different
 * @param failed the sentences of a build that did not succeed; the bundles stay as they were
 */
export async function watchHandlers(
  handlers: readonly string[] | undefined,
  {
    changed,
    failed,
    root = process.cwd(),
  }: { changed: (bundles: Bundle[]) => void; failed: (error: Error) => void; root?: string },
): Promise<Watching> {
  const bundles = await buildHandlers(handlers, { root })
  const known = new Map(bundles.map((bundle) => [bundle.file, fingerprint(bundle)]))

  const rebuilt: Plugin = {
    name: 'rebuilt',
    setup(build) {
      build.onEnd(async ({ errors, outputFiles = [] }) => {
        try {
          if (errors.length > 0) throw Object.assign(new Error('build failed'), { errors })
          await Promise.all(outputFiles.map(save))
          const now = await Promise.all(bundles.map(({ folder }) => describe(folder, root)))
          const different = now.filter((bundle) => known.get(bundle.file) !== fingerprint(bundle))
          for (const bundle of different) known.set(bundle.file, fingerprint(bundle))
          if (different.length > 0) changed(different)
        } catch (failure) {
          failed(await readable(failure))
        }
      })
    },
  }
  const folders = bundles.map(({ folder }) => folder)
  const watching = await context({ ...options(folders, root), plugins: [entries(folders, root), rebuilt] })
  await watching.watch()
  return { bundles, stop: () => watching.dispose() }
}

const output = (folder: string, root: string) => join(root, '.warren/build', basename(folder))

function options(folders: string[], root: string) {
  return {
    absWorkingDir: root,
    entryPoints: Object.fromEntries(folders.map((folder) => [join(basename(folder), 'handler'), `handler:${folder}`])),
    outdir: join(root, '.warren/build'),
    outExtension: { '.js': '.cjs' },
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    external: ['pg-native'],
    alias: {
      '#runtime': join(root, 'handlers/runtime/index.ts'),
      '#contracts': join(root, 'handlers/contracts/index.ts'),
    },
    nodePaths: [join(root, 'node_modules')],
    logLevel: 'silent',
    write: false,
  } satisfies BuildOptions
}

/** The few lines around a handler: its default export, run with the manifest that lies beside the bundle. */
function entries(folders: string[], root: string): Plugin {
  return {
    name: 'handler entries',
    setup(build) {
      build.onResolve({ filter: /^handler:/ }, ({ path }) => ({
        namespace: 'handler',
        path: path.slice('handler:'.length),
      }))
      build.onLoad({ filter: /.*/, namespace: 'handler' }, ({ path: folder }) => ({
        resolveDir: folder,
        watchFiles: folders.map((each) => join(each, 'handler.yaml')),
        contents: `
          import { readFileSync } from 'node:fs'
          import { join } from 'node:path'
          import { run } from ${JSON.stringify(join(root, 'handlers/runtime/process/run.ts'))}
          import definition from './handler.ts'
          run(definition, JSON.parse(readFileSync(join(__dirname, 'handler.json'), 'utf8')))
        `,
      }))
    },
  }
}

async function foldersOf(handlers: readonly string[] | undefined, root: string): Promise<string[]> {
  const house = join(root, 'handlers')
  if (!handlers) {
    const names = await readdir(house)
    return names
      .sort()
      .map((name) => join(house, name))
      .filter((folder) => existsSync(join(folder, 'handler.yaml')))
  }
  return handlers.map((handler) => {
    const folder = handler.includes('/') ? resolve(root, handler) : join(house, handler)
    if (existsSync(join(folder, 'handler.yaml'))) return folder
    throw new Error(`${handler} is not a handler: there is no ${join(folder, 'handler.yaml')}`)
  })
}

async function describe(folder: string, root: string): Promise<Bundle> {
  const manifest = loadManifest(folder)
  await save({ path: join(output(folder, root), 'handler.json'), text: JSON.stringify(manifest, undefined, 2) })
  return { name: basename(folder), folder, file: join(output(folder, root), 'handler.cjs'), manifest }
}

const fingerprint = ({ file, manifest }: Bundle) => JSON.stringify([readFileSync(file, 'utf8'), manifest])

/** In one step, so that a process that starts meanwhile never reads half a file. */
async function save({ path, text }: Pick<OutputFile, 'path' | 'text'>) {
  await mkdir(dirname(path), { recursive: true })
  const unfinished = `${path}.${randomUUID()}`
  await writeFile(unfinished, text)
  await rename(unfinished, path)
}

async function readable(failure: unknown): Promise<Error> {
  const { errors } = failure as Partial<BuildFailure>
  if (!errors) return failure as Error
  return new Error((await formatMessages(errors, { kind: 'error' })).join('\n').trim())
}
