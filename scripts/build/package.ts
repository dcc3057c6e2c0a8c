import { cpSync, readdirSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { build } from 'esbuild'
import ts from 'typescript'
import { ownFile } from '../own-files.ts'
import { readable } from './bundling.ts'

/** Commands that make sense in Warren's own repository only. */
const ofThisRepository = ['package.ts']

/**
 * Builds what the package contains besides charts and operators, into `dist/` with the paths of the sources: the author's API with its
 * types, the programs that run and prepare a handler, and the commands. Dependencies stay imports; code that several of
 * them share exists once.
 *
 * @throws a sentence with file and line for each mistake
 */
export async function buildPackage(root = ownFile()): Promise<void> {
  const dist = join(root, 'dist')
  rmSync(dist, { recursive: true, force: true })
  const doors = ['handlers/runtime/index.ts', 'handlers/runtime/testing.ts']
  const commands = readdirSync(join(root, 'scripts'))
    .filter((file) => /^[a-z-]+\.ts$/.test(file) && file !== 'own-files.ts' && !ofThisRepository.includes(file))
    .map((file) => `scripts/${file}`)
  const programs = [
    'handlers/runtime/process/run.ts',
    'handlers/runtime/prepare/prepare.ts',
    'handlers/runtime/redrive/run.ts',
    'scripts/build/mail-program.ts',
  ]
  await build({
    absWorkingDir: root,
    entryPoints: [...doors, ...programs, ...commands],
    outdir: dist,
    outbase: root,
    bundle: true,
    splitting: true,
    chunkNames: 'shared/[hash]',
    platform: 'node',
    target: 'node20',
    format: 'esm',
    conditions: ['warren:source'],
    packages: 'external',
    sourcemap: 'linked',
    logLevel: 'silent',
  }).catch(async (failure: unknown) => {
    throw await readable(failure)
  })
  declareTypes(doors, root, dist)
  const migrations = 'handlers/runtime/database/migrations'
  cpSync(join(root, migrations), join(dist, migrations), { recursive: true })
}

/** Writes the type declarations of the author's API and of all that it names. */
function declareTypes(doors: readonly string[], root: string, dist: string): void {
  const file = join(root, 'tsconfig.json')
  const { options } = ts.parseJsonConfigFileContent(
    ts.readConfigFile(file, (path) => ts.sys.readFile(path)).config,
    ts.sys,
    dirname(file),
  )
  const program = ts.createProgram(
    doors.map((door) => join(root, door)),
    { ...options, noEmit: false, declaration: true, emitDeclarationOnly: true, outDir: dist, rootDir: root },
  )
  const { diagnostics } = program.emit()
  const [first] = [...ts.getPreEmitDiagnostics(program), ...diagnostics]
  if (first) throw new Error(ts.flattenDiagnosticMessageText(first.messageText, '\n'))
}
