import { statement } from './db.ts'

describe('a handler cannot end the transaction of the runtime', () => {
  test.each([
    'begin',
    'BEGIN ISOLATION LEVEL SERIALIZABLE',
    'start transaction',
    'commit',
    'Commit and chain',
    "commit prepared 'a'",
    'end',
    'end;',
    'rollback',
    'rollback to a',
    'abort',
    'savepoint a',
    'release a',
    'release savepoint a',
    "prepare transaction 'a'",
    '  \n\t commit',
    ';commit',
    ' ; ; commit',
    '-- why not\ncommit',
    '--\n--\ncommit',
    '/* why not */commit',
    '/**/ /* * / */ -- x\n; commit',
  ])('%j is refused in an error that names it', (text) => {
    expect(() => statement(text)).toThrow(
      `a handler may not run "${text.trim().slice(0, 40)}": the runtime owns the transaction`,
    )
  })

  test.each([
    'select 1',
    'update orders set status = $1',
    'insert into commits values ($1)',
    'select * from "begin"',
    'beginning',
    'with commit as (select 1) select * from commit',
    'prepare a as select 1',
    '/* commit */ select 1',
    '-- commit\nselect 1',
    '/* commit */',
    '',
  ])('%j is allowed', (text) => {
    expect(() => statement(text)).not.toThrow()
  })

  test('a text designed to make the pattern backtrack is checked without delay', () => {
    const started = performance.now()
    statement(`${'/**/'.repeat(10_000)} /* never closed`)
    statement(`${'--\n'.repeat(10_000)}select`)
    statement(`${' '.repeat(100_000)}selec`)
    expect(performance.now() - started).toBeLessThan(500)
  })
})

test('each text has its own stable name, up to a number of names that a server can hold', () => {
  const names = Array.from({ length: 300 }, (_, number) => statement(`select ${number} as number`))
  const given = names.filter((name) => name !== undefined)
  expect(given.length).toBeLessThanOrEqual(200)
  expect(given.length).toBeGreaterThan(100)
  expect(new Set(given).size).toBe(given.length)
  expect(statement('select 0 as number')).toBe(names[0])
  expect(statement('select 299 as number')).toBeUndefined()
})
