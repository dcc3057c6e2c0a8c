import { blocksOf, changesIn, commandsIn, edited, patternOf, wholeFile } from './guide-blocks.ts'

const [file, change, terminal] = blocksOf(`Write it:

\`\`\`ts
// handlers/hotels/handler.ts
export default 1
\`\`\`

\`\`\`diff
+++ handlers/hotels/handler.ts
-export default 1
+export default 2
@@
+// the end
\`\`\`

\`\`\`console
$ npm start
$ npm run dead -- list
hotels  3s
\`\`\`
`) as [never, never, never]

test('a block that begins with a path is that file', () => {
  expect(wholeFile(file)).toEqual({ path: 'handlers/hotels/handler.ts', content: 'export default 1\n' })
  expect(wholeFile(terminal)).toBeUndefined()
})

test('a block may change several places of a file', () => {
  expect(changesIn(change).map(({ path }) => path)).toEqual(Array(2).fill('handlers/hotels/handler.ts'))
})

test('a terminal shows commands, each with what it prints', () => {
  expect(commandsIn(terminal)).toEqual([
    { command: 'npm start', output: '' },
    { command: 'npm run dead -- list', output: 'hotels  3s\n' },
  ])
})

test('a change is made where its unchanged lines are, and refused where they are not once', () => {
  expect(edited('a\nb\nc\n', ' a\n-b\n+x\n+y\n')).toBe('a\nx\ny\nc\n')
  expect(() => edited('a\nc\n', ' a\n-b\n')).toThrow('not exactly one place')
  expect(() => edited('a\na\n', '-a\n+b\n')).toThrow('not exactly one place')
})

test('an output may differ in ids, times and widths, and in nothing else', () => {
  const id = '8f7f4d0e-62d5-4f32-a7ad-0e1a3bd7f7b4'
  const pattern = patternOf(`23:33:33.386  room.book.v1  ${id}  3s\n…\nall (2) done after 1.4 s\n`)
  const other = 'c0f72691-560f-4796-9bc4-dbc9ebff80c4'
  expect(`10:00:00.001 room.book.v1   ${other}   1m\nmore\nall (2) done after 834 ms\n`).toMatch(pattern)
  expect(`10:00:00.001 room.took.v1   ${other}   1m\nmore\nall (2) done after 834 ms\n`).not.toMatch(pattern)
  expect(`10:00:00.001 room.book.v1   ${other}   1m\nmore\nall (3) done after 834 ms\n`).not.toMatch(pattern)
})
