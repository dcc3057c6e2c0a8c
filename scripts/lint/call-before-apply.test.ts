import { ESLint } from 'eslint'
import tseslint from 'typescript-eslint'

/** The repository's own configuration, without the rules that need types: the code is in no TypeScript project. */
const eslint = new ESLint({ overrideConfig: [{ files: ['**/*.ts'], ...tseslint.configs.disableTypeChecked }] as never })

async function complaints(code: string) {
  const results = await eslint.lintText(code, { filePath: 'handlers/payments/planted.ts' })
  return results.flatMap(({ messages }) => messages).map(({ message }) => message)
}

test('`call` stands before `apply`', async () => {
  const [apply, call] = ['apply() {}', 'async call() {}']
  expect(await complaints(`on(A, [], { ${apply}, ${call} })`)).toEqual([
    expect.stringContaining('`call` stands before `apply`'),
  ])
  expect(await complaints(`on(A, [], { ${call}, ${apply} })`)).toEqual([])
})
