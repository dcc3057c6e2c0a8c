import { migrationFlaws } from './migrations.ts'

const file = (name: string, text = 'create table stock (id int);\n') => ({
  name,
  path: `handlers/stock/migrations/${name}.sql`,
  text,
})
const flaws = (text: string) => migrationFlaws([file('0001_stock', text)])
const path = 'handlers/stock/migrations/0001_stock.sql'

test('migrations with and without marks are accepted', () => {
  const marked = '-- Stock.\n-- Up Migration\ncreate table stock (id int);\n-- Down Migration\ndrop table stock;\n'
  expect(migrationFlaws([file('0001_stock', marked), file('0002_more'), file('10_last')])).toEqual([])
})

test('a section to undo without the mark of the section to do is refused: both would run', () => {
  expect(flaws('create table stock (id int);\n\n-- Down Migration\ndrop table stock;\n')).toEqual([
    `${path}:3: the section "Down Migration" would run too: write "-- Up Migration" above the first statement`,
  ])
})

test('statements above the mark are refused: they would never run', () => {
  expect(flaws('-- Stock.\ncreate table stock (id int);\n-- Up Migration\nselect 1;\n')).toEqual([
    `${path}:2: the statements above "-- Up Migration" would never run: move that line to the top of the file`,
  ])
})

test('a file without a statement is refused', () => {
  for (const text of [
    '',
    '-- Up Migration\n',
    '/* create table stock (id int); */\n',
    '-- Up Migration\n-- Down Migration\ndrop table x;',
  ])
    expect(flaws(text)).toEqual([`${path}: it has no statement: write one, or remove the file`])
})

test('two files of one number, and a file without a number, are refused', () => {
  expect(migrationFlaws([file('0001_stock'), file('0002_left'), file('0002_right'), file('last')])).toEqual([
    'handlers/stock/migrations/0002_right.sql: 0002_left.sql has the same number: give it the next one',
    'handlers/stock/migrations/last.sql: its name must begin with a number, such as 0002_last.sql',
  ])
})

test.each([
  'drop table inbox;',
  'drop table if exists "inbox" cascade;',
  'alter table only public.inbox add x int;',
  'create table if not exists inbox (id int);',
  'truncate inbox;',
  'TRUNCATE TABLE inbox;',
  'delete from inbox where true;',
  'update inbox set outputs = null;',
  'insert into inbox values (1);',
])('%s is refused: the table is the runtime’s own', (statement) => {
  expect(flaws(`select 1;\n${statement}\n`)).toEqual([
    `${path}:2: inbox belongs to Warren, which makes and changes it itself: name another table`,
  ])
})

test('names that only contain those of the runtime are free, in texts and comments too', () => {
  expect(
    flaws(`create table inbox_items (id int); -- drop table inbox;
create table my_timers (note text default 'drop table inbox'); /* drop table inbox */`),
  ).toEqual([])
})
