import { jobOf } from '../fixtures/jobs.ts'
import { type HandlerProcess } from '#testbed'
import { expectGivenUp, expectToLeave, openWorkbench, type Workbench } from '../fixtures/workbench.ts'

const tiers = { '1s': 50, '5s': 50, '30s': 50, '2m': 50, '10m': 50 }

let bench: Workbench
let workbench: HandlerProcess

beforeAll(async () => {
  bench = await openWorkbench({ tiers })
  workbench = await bench.start()
  await workbench.ready
})

afterAll(async () => {
  try {
    await expectToLeave(workbench, bench)
  } finally {
    await bench.close()
  }
})

describe('misuse of the transaction by a handler', () => {
  test.each([
    'commit',
    'Rollback',
    '  begin',
    'end',
    'abort',
    'savepoint a',
    'start transaction',
    "prepare transaction 'a'",
    '-- a comment\ncommit',
    '/* a comment */ commit',
    ';commit',
    'select 1; commit',
    'do $$ begin commit; end $$',
  ])('%j fails its message, which leaves no effect', async (text) => {
    await expectGivenUp(bench, { mode: 'statement', text })
  })

  test.each([
    ['a failing statement', 'wrong-statement'],
    ['a failing statement whose error is swallowed', 'swallowed'],
    ['a failing statement that is not awaited', 'forgotten'],
  ])('%s fails its message alone', async (_, mode) => {
    await expectGivenUp(bench, { mode })
  })

  test('a statement after the end of the transaction changes nothing', async () => {
    const id = await bench.send(jobOf({ mode: 'late' }))
    await bench.handled(id)
    for (let count = 0; count < 5; count++) await bench.handled(await bench.send(jobOf()))
    expect(await bench.effects(id)).toMatchObject([{ text: '' }])
  })
})
