import { join, resolve } from 'node:path'
import ts from 'typescript'
import { sound, type Changes } from './example-system.ts'

/**
 * The errors of the compiler in systems with a mistake each, as `file:line:column: first line`. All are one program, because most of
 * the time goes into the libraries.
 */
export function compile(systems: readonly Changes[]): string[][] {
  const root = (index: number) => `/example/${index}`
  const files = new Map(
    systems.flatMap((changes, index) =>
      Object.entries<string | undefined>({ ...sound, ...changes })
        .filter(([path, text]) => path.endsWith('.ts') && text !== undefined)
        // The contracts of each system are its own.
        .map(([path, text = '']) => [
          join(root(index), path),
          text.replace("'#contracts'", `'${join(root(index), 'handlers/contracts/index.ts')}'`),
        ]),
    ),
  )
  const { config } = ts.readConfigFile('tsconfig.json', ts.sys.readFile) as { config: { compilerOptions: object } }
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, process.cwd())
  const own = {
    types: ['node'],
    paths: { warren: [resolve('handlers/runtime/index.ts')], zod: [resolve('node_modules/zod')] },
  }
  const host = ts.createCompilerHost({ ...options, ...own })
  const { getSourceFile, fileExists, readFile, directoryExists } = host
  host.fileExists = (path) => files.has(path) || fileExists(path)
  host.readFile = (path) => files.get(path) ?? readFile(path)
  host.directoryExists = (path) => path.startsWith('/example') || (directoryExists?.(path) ?? true)
  host.getSourceFile = (path, language, ...rest) =>
    files.has(path) ? ts.createSourceFile(path, files.get(path)!, language) : getSourceFile(path, language, ...rest)
  const program = ts.createProgram([...files.keys()], { ...options, ...own }, host)
  return systems.map((_, index) =>
    [...files.keys()]
      .filter((path) => path.startsWith(`${root(index)}/`))
      .flatMap((path) => program.getSemanticDiagnostics(program.getSourceFile(path)))
      .map(({ file, start = 0, messageText }) => {
        const { line, character } = file!.getLineAndCharacterOfPosition(start)
        const path = file!.fileName.replace(`${root(index)}/`, '')
        const [first] = ts.flattenDiagnosticMessageText(messageText, '\n').split('\n')
        return `${path}:${line + 1}:${character + 1}: ${first}`
      }),
  )
}
