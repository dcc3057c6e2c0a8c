import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

/** A small system without a fault. */
const sound = {
  'handlers/runtime/index.ts': `export { on } from './on.ts'\nexport { follow } from './saga/follow.ts'`,
  'handlers/runtime/testing.ts': `export { given } from './testing/given.ts'`,
  'handlers/runtime/on.ts': 'export const on = 1',
  'handlers/runtime/saga/follow.ts': `import { on } from '../on.ts'\nexport const follow = on`,
  'handlers/runtime/testing/given.ts': `import { follow } from '../saga/follow.ts'\nexport const given = follow`,
  'handlers/runtime/manifest/schema.ts': 'export interface Manifest { name: string }',
  'handlers/runtime/delivery/handle.ts': `import { on } from '../on.ts'\nimport type { Manifest } from '../manifest/schema.ts'\nexport const handle = (_: Manifest) => on`,
  'handlers/runtime/process/run.ts': `import { handle } from '../delivery/handle.ts'\nexport const run = handle`,
  'handlers/runtime/fixtures/jobs.ts': `import { on } from '../index.ts'\nexport const jobs = on`,
  'handlers/contracts/index.ts': `export * from './orders.ts'`,
  'handlers/contracts/orders.ts': `import { on } from 'warren'\nexport const PlaceOrder = on`,
  'handlers/orders/checkout.ts': `import { PlaceOrder } from '#contracts'\nexport const checkout = PlaceOrder`,
  'handlers/orders/handler.ts': `import { on } from 'warren'\nimport { checkout } from './checkout.ts'\nexport default [on, checkout]`,
  'handlers/orders/handler.test.ts': `import { given } from 'warren/testing'\nimport { until } from '#testbed'\nimport './handler.ts'\nvoid [given, until]`,
  'handlers/bank/cards.ts': 'export const cards = []',
  'handlers/bank/testing/broke.ts': 'export const broke = 1',
  'scripts/testbed/index.ts': `export { until } from './until.ts'`,
  'scripts/testbed/until.ts': 'export const until = 1',
  'scripts/load.ts': `import { PlaceOrder } from '#contracts'\nimport { run } from '#runtime/process/run.ts'\nvoid [PlaceOrder, run]`,
}

/** The other halves of the circles. */
const halves = {
  'scripts/b.ts': `import './a.ts'`,
  'handlers/bank/page.ts': `import type { Book } from './book.ts'\nexport interface Page { of: Book }`,
}

/** One file for each way to break the rules: the rule, the file and what it imports. */
const planted: [rule: string, file: string, code: string][] = [
  ['no-circles', 'scripts/a.ts', `import './b.ts'`],
  [
    'no-circles',
    'handlers/bank/book.ts',
    `import type { Page } from './page.ts'\nexport interface Book { pages: Page[] }`,
  ],
  ['no-missing-files', 'scripts/planted/missing.ts', `import './nothing.ts'`],
  ['runtime-knows-no-shop', 'handlers/runtime/planted/contract.ts', `import { PlaceOrder } from '#contracts'`],
  ['runtime-knows-no-shop', 'handlers/runtime/planted.test.ts', `import '../orders/handler.ts'`],
  ['authors-types-stand-alone', 'handlers/runtime/planted.ts', `import type { Manifest } from './manifest/schema.ts'`],
  ['runtime/saga', 'handlers/runtime/saga/planted.ts', `import '../delivery/handle.ts'`],
  ['runtime/manifest', 'handlers/runtime/manifest/planted.ts', `import '../delivery/handle.ts'`],
  ['runtime/topology', 'handlers/runtime/topology/planted.ts', `import '../process/run.ts'`],
  ['runtime/broker', 'handlers/runtime/broker/planted.ts', `import '../delivery/handle.ts'`],
  ['runtime/message', 'handlers/runtime/message/planted.ts', `import '../delivery/handle.ts'`],
  ['runtime/database', 'handlers/runtime/database/planted.ts', `export * from '../delivery/handle.ts'`],
  ['runtime/observe', 'handlers/runtime/observe/planted.ts', `import '../delivery/handle.ts'`],
  ['runtime/delivery', 'handlers/runtime/delivery/planted.ts', `await import('../process/run.ts')`],
  ['runtime/process', 'handlers/runtime/process/planted.ts', `import '../saga/follow.ts'`],
  ['runtime/prepare', 'handlers/runtime/prepare/planted.ts', `import '../saga/follow.ts'`],
  ['contracts-stand-on-the-runtime', 'handlers/contracts/planted.ts', `import '../bank/cards.ts'`],
  ['handlers-import-no-handler', 'handlers/payments/static.ts', `import { cards } from '../bank/cards.ts'`],
  ['handlers-import-no-handler', 'handlers/payments/export.ts', `export * from '../bank/cards.ts'`],
  ['handlers-import-no-handler', 'handlers/payments/http/dynamic.ts', `await import('../../bank/cards.ts')`],
  ['handlers-import-no-handler', 'handlers/payments/planted.test.ts', `import '../bank/cards.ts'`],
  ['handlers-are-private', 'scripts/planted/bank.ts', `import '../../handlers/bank/cards.ts'`],
  ['runtime-doors', 'handlers/payments/on.ts', `import { on } from '../runtime/on.ts'`],
  ['runtime-doors', 'handlers/payments/on.test.ts', `import type { Manifest } from '#runtime/manifest/schema.ts'`],
  ['testing-door-is-for-tests', 'handlers/payments/given.ts', `import { given } from 'warren/testing'`],
  ['contracts-door', 'handlers/payments/contract.ts', `import { PlaceOrder } from '../contracts/orders.ts'`],
  ['nothing-that-ships-imports-scripts', 'handlers/payments/wait.ts', `import { until } from '#testbed'`],
  ['testbed-door', 'handlers/payments/wait.test.ts', `import { until } from '../../scripts/testbed/until.ts'`],
  ['only-tests-import-tests', 'handlers/bank/test.ts', `import { broke } from './testing/broke.ts'`],
  ['ships-with-its-dependencies', 'handlers/runtime/observe/random.ts', `import fc from 'fast-check'`],
]

let root: string
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'warren-boundaries-'))
  for (const file of ['package.json', 'tsconfig.json', '.dependency-cruiser.mjs']) cpSync(file, join(root, file))
  symlinkSync(join(process.cwd(), 'node_modules'), join(root, 'node_modules'))
  for (const [file, code] of [...Object.entries({ ...sound, ...halves }), ...planted.map(([, ...file]) => file)]) {
    mkdirSync(dirname(join(root, file)), { recursive: true })
    writeFileSync(join(root, file), code)
  }
})
afterAll(() => rmSync(root, { recursive: true, force: true }))

test('each kind of import that points the wrong way is found, and no other', async () => {
  const expected = planted.map(([rule, file]) => `${rule}: ${file}`).sort()
  expect(await violations()).toEqual(expected)
})

async function violations(): Promise<string[]> {
  const cruise = join(process.cwd(), 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs')
  const args = [cruise, '--config', '.dependency-cruiser.mjs', '--output-type', 'json', 'handlers', 'scripts']
  // It exits with the number of errors; what it found stands in its output.
  const output = await new Promise<string>((resolve) =>
    execFile(process.execPath, args, { cwd: root, maxBuffer: 1e8 }, (_, stdout) => resolve(stdout)),
  )
  const { summary } = JSON.parse(output) as { summary: { violations: { from: string; rule: { name: string } }[] } }
  return summary.violations.map(({ rule, from }) => `${rule.name}: ${from}`).sort()
}
