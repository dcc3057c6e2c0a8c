import { existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { basename, join, relative } from 'node:path'
import { context, type BuildResult, type Plugin } from 'esbuild'
import { bundling, migrationFolders, outputFolder, readable, save } from './bundling.ts'
import { ownFile, ownScript } from '../own-files.ts'
import { describe, handlerFolders } from './bundles.ts'
import { softwareList } from './software-list.ts'

/** The files that the Dockerfile copies into the image of that name. */
export interface ImageFolder {
  readonly name: string
  readonly folder: string
  /** The size that the image adds to its base. */
  readonly bytes: number
}

/** Programs with an image that are not handlers: the mail sink. */
const otherPrograms: Readonly<Record<string, string>> = { mail: ownScript('build/mail-program') }

/**
 * Builds all files of the images into `.warren/build/<name>/`: `handler.cjs`, `prepare.cjs`, `handler.json`, the migrations, a
 * list of their software (`sbom.cdx.json`) and Warren's licence.
 *
 * @param names of handlers, paths of handler folders elsewhere, or `mail`; all of `handlers/` and `mail` by default
 * @throws a sentence with file and line for each mistake
 */
export async function buildImageFolders(
  names?: readonly string[],
  { root = process.cwd() } = {},
): Promise<ImageFolder[]> {
  const { options, finish } = await imageBuild(names, root)
  const building = await context(options)
  try {
    return await finish(await building.rebuild())
  } catch (failure) {
    throw await readable(failure)
  } finally {
    await building.dispose()
  }
}

/**
 * Builds like `buildImageFolders`, and again whenever one of the sources changes.
 *
 * @param built gets the result of every build, including the first
 * @param failed gets the sentences of a failed build; the folders stay as they were
 */
export async function watchImageFolders(
  names: readonly string[] | undefined,
  {
    built,
    failed,
    root = process.cwd(),
  }: { built: (folders: ImageFolder[]) => void; failed: (error: Error) => void; root?: string },
): Promise<{ stop(): Promise<void> }> {
  const { options, finish } = await imageBuild(names, root)
  const ended: Plugin = {
    name: 'ended',
    setup: (build) =>
      build.onEnd(async (result) => {
        try {
          if (result.errors.length > 0) throw Object.assign(new Error('build failed'), result)
          built(await finish(result))
        } catch (failure) {
          failed(await readable(failure))
        }
      }),
  }
  const watching = await context({ ...options, plugins: [...options.plugins, ended] })
  await watching.watch()
  return { stop: () => watching.dispose() }
}

async function imageBuild(names: readonly string[] | undefined, root: string) {
  const others = Object.keys(otherPrograms).filter((name) => names?.includes(name) ?? true)
  const folders = handlerFolders(
    names?.filter((name) => !(name in otherPrograms)),
    root,
  )
  const handlers = bundling(folders, root, ['handler', 'prepare'])
  const options = {
    ...handlers,
    metafile: true as const,
    entryPoints: {
      ...handlers.entryPoints,
      ...Object.fromEntries(others.map((name) => [`${name}/handler`, otherPrograms[name] ?? ''])),
    },
  }

  async function finish({ outputFiles = [], metafile }: BuildResult<typeof options>): Promise<ImageFolder[]> {
    await Promise.all(outputFiles.map(save))
    const { version, license } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Record<string, string>
    for (const folder of folders) {
      const output = outputFolder(basename(folder), root)
      await describe(folder, output)
      for (const { from, to } of migrationFolders(folder)) await copyFolder(from, join(output, to))
    }
    return Promise.all(
      [...folders.map((folder) => basename(folder)), ...others].map(async (name) => {
        const folder = outputFolder(name, root)
        const outputs = Object.entries(metafile.outputs)
          .filter(([path]) => path.startsWith(`${relative(root, folder)}/`))
          .map(([, output]) => output)
        const list = softwareList({ name, version: version ?? '', license: license ?? '' }, outputs, root)
        // Its terms require it beside the code, whatever the system's own licence is.
        await save({ path: join(folder, 'LICENSE.warren'), text: readFileSync(ownFile('LICENSE'), 'utf8') })
        await save({ path: join(folder, 'sbom.cdx.json'), text: `${JSON.stringify(list, undefined, 2)}\n` })
        return { name, folder, bytes: shippedBytes(folder) }
      }),
    )
  }
  return { options, finish }
}

/** Copies a folder and removes files that it no longer has: a renamed migration must not run twice. */
async function copyFolder(from: string, to: string) {
  const files = migrationsIn(from)
  await Promise.all(files.map((file) => save({ path: join(to, file), text: readFileSync(join(from, file), 'utf8') })))
  const gone = migrationsIn(to).filter((file) => !files.includes(file))
  for (const file of gone) rmSync(join(to, file), { force: true })
}

function migrationsIn(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder).filter((file) => file.endsWith('.sql')) : []
}

/** The same files as `Dockerfile.dockerignore` admits. */
export const shipped = [
  'handler.cjs',
  'handler.cjs.map',
  'prepare.cjs',
  'handler.json',
  'sbom.cdx.json',
  'LICENSE.warren',
  'migrations',
  'runtime-migrations',
]

function shippedBytes(folder: string): number {
  return shipped
    .map((name) => join(folder, name))
    .filter(existsSync)
    .flatMap((path) => (statSync(path).isDirectory() ? migrationsIn(path).map((name) => join(path, name)) : path))
    .reduce((sum, path) => sum + statSync(path).size, 0)
}
