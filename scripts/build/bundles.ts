import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { context, type OutputFile, type Plugin } from 'esbuild'
import { handlersIn, readHandlerYaml, type Manifest } from '#runtime/manifest/index.ts'
import { migrationFiles } from '#runtime/manifest/migrations.ts'
import { bundling, outputFolder, placeOfModules, readable, save } from './bundling.ts'

/** A handler as it runs: one file with all its code, and beside it `handler.json`, the contents of its `handler.yaml`. */
export interface Bundle {
  readonly name: string
  /** The folder with `handler.ts` and `handler.yaml`. */
  readonly folder: string
  /** `handler.cjs` */
  readonly file: string
  readonly manifest: Manifest
}

interface Watching {
  readonly bundles: readonly Bundle[]
  stop(): Promise<void>
}

/**
 * Bundles handlers into `.warren/build/<name>/`: what runs on the laptop is what ships in images. A handler elsewhere has its
 * bundle in its own folder, because tests make handlers with the name of a shipped one.
 *
 * @param handlers names of folders under `handlers/`, or paths of handler folders elsewhere; all of `handlers/` by default
 * @param into the folder of all bundles, each in a folder of its handler's name, instead of the usual ones
 * @param define constants of the code, as esbuild's option of that name
 * @throws a sentence with file and line for each source that does not compile and each mistake in a `handler.yaml`
 */
export async function buildHandlers(
  handlers?: readonly string[],
  { root = process.cwd(), into, define = {} }: { root?: string; into?: string; define?: Record<string, string> } = {},
): Promise<Bundle[]> {
  const folders = handlerFolders(handlers, root)
  const building = await context({ ...bundling(folders, root), define: { ...placeOfModules, ...define } })
  try {
    const { outputFiles = [] } = await building.rebuild()
    if (!handlers && !into) removeOthers(folders, root)
    return await keep(outputFiles, outputsOf(folders, root, into))
  } catch (failure) {
    throw await readable(failure)
  } finally {
    await building.dispose()
  }
}

/**
 * Bundles like `buildHandlers`, and again whenever a source, a `handler.yaml` or a migration changes.
 *
 * @param changed gets the bundles that differ from before, in themselves or in the migrations beside them
 * @param failed gets the sentences of a failed build; the bundles stay as they were
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
  const folders = bundles.map(({ folder }) => folder)
  const known = new Map(bundles.map((bundle) => [bundle.file, fingerprint(bundle)]))

  const rebuilt: Plugin = {
    name: 'rebuilt',
    setup(build) {
      build.onEnd(async ({ errors, outputFiles = [] }) => {
        try {
          if (errors.length > 0) throw Object.assign(new Error('build failed'), { errors })
          const now = await keep(outputFiles, outputsOf(folders, root))
          const different = now.filter((bundle) => known.get(bundle.file) !== fingerprint(bundle))
          for (const bundle of different) known.set(bundle.file, fingerprint(bundle))
          if (different.length > 0) changed(different)
        } catch (failure) {
          failed(await readable(failure))
        }
      })
    },
  }
  const options = bundling(folders, root)
  const watching = await context({ ...options, plugins: [...options.plugins, rebuilt] })
  await watching.watch()
  return { bundles, stop: () => watching.dispose() }
}

/** Resolves names and paths of handlers to their folders; see `buildHandlers`. Throws a sentence for one that is not a handler. */
export function handlerFolders(handlers: readonly string[] | undefined, root: string): string[] {
  const house = join(root, 'handlers')
  if (!handlers) return handlersIn(house)
  return handlers.map((handler) => {
    const folder = handler.includes('/') ? resolve(root, handler) : join(house, handler)
    if (existsSync(join(folder, 'handler.yaml'))) return folder
    throw new Error(`${handler} is not a handler: there is no ${join(folder, 'handler.yaml')}`)
  })
}

/** The folder of the bundle of each handler folder. */
function outputsOf(folders: readonly string[], root: string, into?: string): ReadonlyMap<string, string> {
  const usual = (folder: string) =>
    dirname(folder) === join(root, 'handlers') ? outputFolder(basename(folder), root) : join(folder, '.warren')
  return new Map(folders.map((folder) => [folder, into ? join(into, basename(folder)) : usual(folder)]))
}

/** Removes the bundles of handlers that no longer exist. */
function removeOthers(folders: readonly string[], root: string): void {
  const names = folders.map((folder) => basename(folder))
  const build = outputFolder('', root)
  const found = existsSync(build) ? readdirSync(build) : []
  const gone = found.filter((name) => !names.includes(name) && existsSync(join(build, name, 'handler.json')))
  for (const name of gone) rmSync(join(build, name), { recursive: true, force: true })
}

async function keep(files: readonly OutputFile[], outputs: ReadonlyMap<string, string>): Promise<Bundle[]> {
  const byName = new Map([...outputs].map(([folder, output]) => [basename(folder), output]))
  await Promise.all(
    files.map(({ path, text }) =>
      save({ path: join(byName.get(basename(dirname(path))) ?? '', basename(path)), text }),
    ),
  )
  return Promise.all([...outputs].map(([folder, output]) => describe(folder, output)))
}

/**
 * Checks a `handler.yaml` and writes its contents beside the bundle. Defaults are not added: the process knows them.
 *
 * @param output the folder of the bundle
 */
export async function describe(folder: string, output: string): Promise<Bundle> {
  const { content, manifest } = readHandlerYaml(folder)
  const { name } = manifest
  await save({
    path: join(output, 'handler.json'),
    text: `${JSON.stringify({ name, ...(content as object | null) }, undefined, 2)}\n`,
  })
  return { name, folder, file: join(output, 'handler.cjs'), manifest }
}

const fingerprint = ({ file, folder, manifest }: Bundle) =>
  JSON.stringify([readFileSync(file, 'utf8'), manifest, migrationFiles(join(folder, 'migrations'))])
