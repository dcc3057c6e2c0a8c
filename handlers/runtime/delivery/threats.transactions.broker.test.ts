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

describe('what a handler may not do with its transaction (M27)', () => {
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
  ])('%j fails, and nothing of its message stays', async (text) => {
    await expectGivenUp(bench, { mode: 'statement', text })
  })

  test.each([
    ['a statement that fails', 'wrong-statement'],
    ['a statement that fails and is hushed up', 'swallowed'],
    ['a statement that fails and that nobody awaits', 'forgotten'],
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
