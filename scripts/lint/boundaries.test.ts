import { ESLint } from 'eslint'
import tseslint from 'typescript-eslint'

/** The repository's own configuration, without the rules that need types: a planted file is in no TypeScript project. */
const eslint = new ESLint({ overrideConfig: [{ files: ['**/*.ts'], ...tseslint.configs.disableTypeChecked }] as never })

async function complaints(filePath: string, code: string) {
  const results = await eslint.lintText(code, { filePath })
  return results
    .flatMap(({ messages }) => messages.filter(({ ruleId }) => ruleId !== '@typescript-eslint/no-unused-vars'))
    .map(({ message }) => message)
}

test.each([
  ['handlers/payments/planted.ts', `import { orders } from '../orders/handler.ts'`, 'Handlers never import each other'],
  ['handlers/payments/planted.ts', `export * from '../orders/handler.ts'`, 'Handlers never import each other'],
  ['handlers/payments/http/planted.ts', `await import('../../orders/handler.ts')`, 'Handlers never import each other'],
  ['handlers/payments/planted.ts', `import type { Flow } from '#runtime/saga/builder.ts'`, 'The runtime has one door'],
  ['handlers/payments/planted.ts', `import { on } from '../runtime/on.ts'`, 'The runtime has one door'],
  [
    'handlers/payments/planted.ts',
    `import { PlaceOrder } from '../contracts/orders.ts'`,
    'The contracts have one door',
  ],
  [
    'handlers/payments/planted.ts',
    `import { startBroker } from '../servers/broker.ts'`,
    'stands on nothing in scripts/',
  ],
  ['handlers/runtime/planted.ts', `import { PlaceOrder } from '#contracts'`, 'The runtime never knows the shop'],
  [
    'handlers/runtime/delivery/planted.ts',
    `import { a } from '../../payments/bank.ts'`,
    'The runtime never knows the shop',
  ],
  ['handlers/runtime/planted.test.ts', `import { a } from '../payments/bank.ts'`, 'The runtime never knows the shop'],
  ['handlers/runtime/planted.test.ts', `import { a } from '../testing/orders.ts'`, 'The runtime never knows the shop'],
  ['handlers/payments/planted.ts', `import { a } from '../testing/orders.ts'`, 'Handlers never import each other'],
  ['handlers/contracts/planted.ts', `import { a } from '../payments/bank.ts'`, 'Contracts stand on the runtime alone'],
])('in %s, `%s` is refused', async (file, code, why) => {
  expect(await complaints(file, code)).toEqual([expect.stringContaining(why)])
})

test.each([
  [
    'handlers/payments/planted.ts',
    `import { on } from '#runtime'\nimport { PlaceOrder } from '#contracts'\nimport { bank } from './bank.ts'`,
  ],
  ['handlers/payments/planted.test.ts', `import { createWorld } from '../testbed/world.ts'`],
  ['handlers/planted.broker.test.ts', `import { placeOrder } from './testing/orders.ts'`],
  ['handlers/runtime/delivery/planted.ts', `import { on } from '../on.ts'\nimport * as z from 'zod'`],
  [
    'scripts/planted.ts',
    `import { bank } from '../handlers/payments/bank.ts'\nimport { run } from '#runtime/process/run.ts'`,
  ],
])('%s may import what it stands on', async (file, code) => {
  expect(await complaints(file, code)).toEqual([])
})

test('`call` stands before `apply`', async () => {
  const [apply, call] = ['apply() {}', 'async call() {}']
  expect(await complaints('handlers/payments/planted.ts', `on(A, [], { ${apply}, ${call} })`)).toEqual([
    expect.stringContaining('`call` stands before `apply`'),
  ])
  expect(await complaints('handlers/payments/planted.ts', `on(A, [], { ${call}, ${apply} })`)).toEqual([])
})
