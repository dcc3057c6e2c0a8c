import { jobOf } from '../fixtures/jobs.ts'
import { type HandlerProcess, until } from '#testbed'
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
    ['a failing statement', 'wrong-statement', 'relation "nowhere" does not exist'],
    ['a failing statement whose error is swallowed', 'swallowed', 'relation "nowhere" does not exist'],
    ['a failing statement that is not awaited', 'forgotten', 'relation "nowhere" does not exist'],
    ['a failing statement that is not awaited, before another one', 'hidden', 'relation "nowhere" does not exist'],
    ['a commit that is not awaited', 'forgotten-commit', 'a handler may not run "commit"'],
    ['a statement that is not awaited and has a value that cannot be sent', 'forgotten-value', 'BigInt'],
  ])('%s fails its message alone, whose dead letter names the first error', async (_, mode, error) => {
    expect(await expectGivenUp(bench, { mode })).toContain(error)
  })

  test('a statement after the handler has returned changes nothing, and is an error in the log that names its message', async () => {
    const id = await bench.send(jobOf({ mode: 'late' }))
    await bench.handled(id)
    for (let count = 0; count < 5; count++) await bench.handled(await bench.send(jobOf()))
    expect(await bench.effects(id)).toMatchObject([{ text: '' }])
    const line = await until(() => workbench.lines.find((each) => each.includes('after its handler had returned')))
    expect(JSON.parse(line)).toMatchObject({
      level: 50,
      messageId: id,
      statement: expect.stringMatching(/^insert into effects/),
    })
  })
})
