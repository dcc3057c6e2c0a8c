import { writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { ESLint } from 'eslint'
import { systemWith, type Changes } from './example-system.ts'

/** What ESLint reports, with this repository's rules, in the code of `payments`: `line:column sentence`. */
export async function complaints(changes: Changes): Promise<string[]> {
  const { root, remove } = systemWith(changes)
  try {
    writeFileSync(
      join(root, 'tsconfig.json'),
      JSON.stringify({
        extends: resolve('tsconfig.json'),
        compilerOptions: {
          paths: {
            '#contracts': [join(root, 'handlers/contracts/index.ts')],
            warren: [resolve('handlers/runtime/index.ts')],
          },
        },
        include: ['handlers'],
      }),
    )
    const parserOptions = { projectService: false, project: './tsconfig.json', tsconfigRootDir: root }
    const eslint = new ESLint({
      cwd: root,
      overrideConfigFile: resolve('eslint.config.js'),
      overrideConfig: [{ files: ['**/*.ts'], languageOptions: { parserOptions } }] as never,
    })
    const results = await eslint.lintFiles('handlers/payments/handler.ts')
    return results
      .flatMap(({ messages }) => messages)
      .map(({ line, column, message }) => `${line}:${column} ${message}`)
  } finally {
    remove()
  }
}
