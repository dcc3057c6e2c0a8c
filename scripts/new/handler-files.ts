/** The files of a new handler, by path from the root: one command, which becomes one row of its own database. */
export function handlerFiles(name: string): Record<string, string> {
  const message = `Process${pascalCase(name)}`
  const type = `${typeWords(name)}.process.v1`
  return {
    [`handlers/contracts/${name}.ts`]: `import * as z from 'zod'
import { command } from 'warren'

/** The command of handlers/${name}. */
export const ${message} = command('${type}', { id: z.uuid() })
`,
    [`handlers/${name}/handler.ts`]: `import { ${message} } from '#contracts'
import { handler, on } from 'warren'

/** Records each id once, however often its message is delivered. */
export const subscriptions = () => [
  on(${message}, async ({ id }, { db }) => {
    await db.query('insert into processed (id) values ($1)', [id])
  }),
]

export default handler({ subscriptions })
`,
    [`handlers/${name}/handler.yaml`]: `handles: [${type}]
scale: { min: 0, max: 2, backlog: 150, cooldown: 60s }
database: true
`,
    [`handlers/${name}/handler.test.ts`]: `import { ${message} } from '#contracts'
import { deliver } from 'warren/testing'
import { subscriptions } from './handler.ts'

test('each id is recorded', async () => {
  const statements: unknown[] = []
  const db = {
    async query(text: string, values: unknown[] = []) {
      statements.push([text, ...values])
      return { rows: [], rowCount: 0 }
    },
  }
  const id = '5f0c2f3e-54a1-4b8e-9a27-1d1a1f8a7c01'
  expect(await deliver(subscriptions(), ${message}({ id }), { db })).toEqual([])
  expect(statements).toContainEqual(['insert into processed (id) values ($1)', id])
})
`,
    [`handlers/${name}/migrations/0001_processed.sql`]: `-- Up Migration

create table processed (id uuid primary key);
`,
  }
}

/** `handlers/contracts/index.ts` with the contracts of a handler, in the order of the alphabet. */
export function withContracts(index: string, name: string): string {
  const line = `export * from './${name}.ts'`
  const lines = index.split('\n')
  const exports = lines.filter((each) => each.startsWith('export * from '))
  const next = exports.find((each) => each > line)
  const at = next === undefined ? lines.lastIndexOf(exports.at(-1) ?? '') + 1 : lines.indexOf(next)
  return lines.toSpliced(at, 0, line).join('\n')
}

function pascalCase(name: string): string {
  return name.replaceAll(/(?:^|-)([a-z0-9])/g, (_, first: string) => first.toUpperCase()).replaceAll('-', '')
}

const digits = ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine']

/** The name as the first word of a message type, which has neither hyphens nor digits. */
function typeWords(name: string): string {
  return name.replaceAll('-', '_').replaceAll(/[0-9]/g, (digit) => `_${digits[Number(digit)]}`)
}
