import { randomUUID } from 'node:crypto'
import { existsSync, readdirSync } from 'node:fs'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { basename, dirname, join, relative, resolve, sep } from 'node:path'
import { formatMessages, type BuildFailure, type BuildOptions, type OutputFile, type Plugin } from 'esbuild'
import { fromSource, ownFile, runtimeFile } from '../own-files.ts'
import { ownPositions } from './own-positions.ts'

/** The programs that a handler can be bundled into, and the function of the runtime that each of them calls. */
const programs = {
  handler: { file: '#runtime/process/run.ts', start: 'run' },
  prepare: { file: '#runtime/prepare/prepare.ts', start: 'prepare' },
} as const

export type Program = keyof typeof programs

/** The bundle is no ES module, so it has no `import.meta.url`: its banner makes this constant instead. */
export const placeOfModules = { 'import.meta.url': 'placeOfBundle' }

/** The folder of everything of a handler that runs or ships. */
export function outputFolder(name: string, root: string): string {
  return join(root, '.warren/build', name)
}

/** The options with which esbuild bundles programs of handlers; `save` writes the results. */
export function bundling(folders: readonly string[], root: string, names: readonly Program[] = ['handler']) {
  return {
    absWorkingDir: root,
    entryPoints: Object.fromEntries(
      folders.flatMap((folder) => names.map((program) => [join(basename(folder), program), `${program}:${folder}`])),
    ),
    outdir: join(root, '.warren/build'),
    outExtension: { '.js': '.cjs' },
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    sourcemap: 'linked',
    sourcesContent: false,
    // pino-pretty is for people at a terminal, who have it installed; images do not need it.
    external: ['pg-native', 'pino-pretty'],
    conditions: fromSource ? ['warren:source'] : [],
    // A handler outside of the system, such as one of a test, finds them too; and there is only one runtime.
    alias: {
      warren: runtimeFile(fromSource ? 'index.ts' : 'index.js'),
      '#contracts': join(root, 'handlers/contracts/index.ts'),
    },
    nodePaths: [join(root, 'node_modules')],
    // Packages that ask an ES module for its own place get that of the bundle, as those do that read __filename.
    banner: { js: "const placeOfBundle = require('node:url').pathToFileURL(__filename).href" },
    define: placeOfModules,
    logLevel: 'silent',
    write: false,
    plugins: [entries, handlersImportNoHandler(root), withoutMigrationsInTypeScript],
  } satisfies BuildOptions
}

/** `handler.cjs redrive` sends dead letters back once: a program of its own would ship half of the same code again. */
const redriveInstead = `
  import { redrive } from '#runtime/redrive/run.ts'
  if (process.argv[2] === 'redrive') void redrive(__dirname)
  else`

/** Generates the entry point of a program: it runs the handler's default export with the `handler.json` beside the bundle. */
const entries: Plugin = {
  name: 'handler entries',
  setup(build) {
    for (const [program, { file, start }] of Object.entries(programs)) {
      build.onResolve({ filter: new RegExp(`^${program}:`) }, ({ path }) => ({
        namespace: program,
        path: path.slice(program.length + 1),
      }))
      build.onLoad({ filter: /.*/, namespace: program }, ({ path: folder }) => ({
        resolveDir: ownFile(),
        // The program `handler` has no migrations in it, but on a laptop they run before it does.
        watchFiles: [join(folder, 'handler.yaml'), ...migrationFiles(folder)],
        watchDirs: migrationFolders(folder).map(({ from }) => from),
        contents: `
          import { ${start} } from '${file}'
          import definition from ${JSON.stringify(join(folder, 'handler.ts'))}
          ${program === 'handler' ? redriveInstead : ''}
          void ${start}(definition, __dirname)
        `,
      }))
    }
  },
}

/** The bundle of a handler with the code of another one would run that code with neither its database nor its permissions. */
function handlersImportNoHandler(root: string): Plugin {
  const house = join(root, 'handlers')
  const handlerOf = (file: string) => {
    const [name = ''] = relative(house, file).split(sep)
    return existsSync(join(house, name, 'handler.yaml')) ? name : undefined
  }
  return {
    name: 'handlers import no handler',
    setup(build) {
      build.onResolve({ filter: /^\.\.?\// }, ({ path, importer }) => {
        const [from, to] = [relative(house, importer).split(sep)[0], handlerOf(resolve(dirname(importer), path))]
        if (relative(house, importer).startsWith('..') || to === undefined || to === from) return undefined
        const text = `handlers speak through messages, and handlers/${from} must not import handlers/${to}: put what both need into handlers/contracts`
        return { errors: [{ text }] }
      })
    },
  }
}

/** The folders of a handler's migrations, and their names beside its bundles. */
export function migrationFolders(folder: string): { from: string; to: string }[] {
  return [
    { from: runtimeFile('database/migrations'), to: 'runtime-migrations' },
    { from: join(folder, 'migrations'), to: 'migrations' },
  ]
}

function migrationFiles(folder: string): string[] {
  return migrationFolders(folder)
    .filter(({ from }) => existsSync(from))
    .flatMap(({ from }) => readdirSync(from).map((file) => join(from, file)))
}

/** Migrations here are SQL. The TypeScript compiler of node-pg-migrate would weigh twice as much as everything else. */
const withoutMigrationsInTypeScript: Plugin = {
  name: 'no migrations in TypeScript',
  setup(build) {
    build.onResolve({ filter: /^jiti$/ }, () => ({ namespace: 'nothing', path: 'jiti' }))
    build.onLoad({ filter: /.*/, namespace: 'nothing' }, () => ({
      contents: 'export const createJiti = () => undefined',
    }))
  },
}

/**
 * Writes a file in one step, so that a process that starts meanwhile never reads half of it. A file with the same text is not
 * touched, because Skaffold detects changes by modification time. Of a source map only the system's own positions are kept.
 */
export async function save(file: Pick<OutputFile, 'path' | 'text'>): Promise<void> {
  const { path } = file
  const text = path.endsWith('.cjs.map') ? ownPositions(file.text) : file.text
  if ((await readFile(path, 'utf8').catch(() => undefined)) === text) return
  await mkdir(dirname(path), { recursive: true })
  const unfinished = `${path}.${randomUUID()}`
  await writeFile(unfinished, text)
  await rename(unfinished, path)
}

/** Turns esbuild's errors into sentences with file and line. */
export async function readable(failure: unknown): Promise<Error> {
  const { errors } = failure as Partial<BuildFailure>
  if (!errors) return failure as Error
  const known = errors.map((error) => {
    // It is found in the generated entry point, which the author has never seen.
    const [, file] = /^No matching export in "(.*handler\.ts)" for import "default"$/.exec(error.text) ?? []
    if (file === undefined) return error
    return {
      ...error,
      text: `${file} has no default export: add export default handler({ subscriptions })`,
      location: null,
    }
  })
  return new Error((await formatMessages(known, { kind: 'error' })).join('\n').trim())
}
