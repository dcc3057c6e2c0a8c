import { ESLint } from 'eslint'
import tseslint from 'typescript-eslint'

/** The repository's own configuration, without the rules that need types: the code is in no TypeScript project. */
const eslint = new ESLint({ overrideConfig: [{ files: ['**/*.ts'], ...tseslint.configs.disableTypeChecked }] as never })

async function complaints(handler: string, code: string) {
  const results = await eslint.lintText(code, { filePath: `handlers/${handler}/planted.ts` })
  return results
    .flatMap(({ messages }) => messages.filter(({ ruleId }) => ruleId?.startsWith('warren/')))
    .map(({ message }) => message)
}

const uses: [string, string][] = [
  ['db', 'on(A, async (data, { db }) => db.query(data))'],
  ['db', 'on(A, [B], { async apply(data, { message, db }) { await db.query(message) } })'],
  ['db', 'onBatch(A, async (all, { db: own }) => own.query(all))'],
  ['delay', "import { delay } from 'warren'"],
  ['at', "import { on, at as then } from 'warren'"],
  ['saga', "import { saga } from 'warren'"],
]

test.each(uses)('`%s` in a handler without a database is an error: %s', async (name, code) => {
  expect(await complaints('notifications', code)).toEqual([`\`${name}\` needs \`database: true\` in handler.yaml.`])
})

test.each(uses)('`%s` in a handler with a database is none: %s', async (_, code) => {
  expect(await complaints('payments', code)).toEqual([])
})

test('names that only look alike are none', async () => {
  const code =
    "import { delay } from './mine.ts'\non(A, (data, { log }) => log.info(data))\nother(A, (data, { db }) => db)"
  expect(await complaints('notifications', code)).toEqual([])
})
