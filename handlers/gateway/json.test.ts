import fc from 'fast-check'
import { parseJson } from './json.ts'

test('unambiguous JSON is parsed like JSON.parse', () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 6, noUnicodeString: false }), (text) => {
      fc.pre(!text.includes('__proto__') && !/\\ud[89a-f]/i.test(text))
      expect(parseJson(text)).toEqual(JSON.parse(text))
    }),
  )
})

test.each([
  ['a duplicate key', '{"a":1,"a":2}', 'the body contains the key "a" twice in one object'],
  [
    'a duplicate key with an escape',
    String.raw`{"a":1,"\u0061":2}`,
    'the body contains the key "a" twice in one object',
  ],
  ['a nested duplicate key', '[{"b":{"a" : [], "a"\n:1}}]', 'the body contains the key "a" twice in one object'],
  ['a prototype key', '{"__proto__":{"admin":true}}', 'the body contains the forbidden key "__proto__"'],
  [
    'an escaped prototype key',
    String.raw`{"a":{"\u005f_proto__":1}}`,
    'the body contains the forbidden key "__proto__"',
  ],
  ['half a surrogate pair', String.raw`["\ud800"]`, 'the body contains a string with half a surrogate pair'],
  ['17 levels', '['.repeat(17) + ']'.repeat(17), 'the body must have at most 16 levels of objects and arrays'],
  ['60,000 levels', '{"a":'.repeat(12_000), 'the body must have at most 16 levels of objects and arrays'],
  ['an unterminated string', '{"a":"', 'the body must be valid JSON'],
  ['an invalid escape', String.raw`["\x"]`, 'the body must be valid JSON'],
  ['an empty text', '', 'the body must be valid JSON'],
  ['two values', '{}{}', 'the body must be valid JSON'],
])('%s is refused with a sentence', (_, text, sentence) => {
  expect(() => parseJson(text)).toThrow(expect.objectContaining({ status: 400, message: sentence }))
})

test.each([
  ['the same key in two objects', '[{"a":1},{"a":2}]'],
  ['keys inside strings', String.raw`{"a":"{\"a\":1,\"a\":2}"}`],
  ['16 levels', '['.repeat(16) + ']'.repeat(16)],
  ['a whole surrogate pair', String.raw`["\ud83d\ude00"]`],
  ['a string that only looks like an escape', String.raw`["\\ud800"]`],
])('%s is accepted', (_, text) => {
  expect(parseJson(text)).toEqual(JSON.parse(text))
})

test('a body of 64 KiB of quotes and backslashes is parsed in linear time', () => {
  const begin = performance.now()
  expect(() => parseJson('"\\'.repeat(32_000))).toThrow()
  expect(() => parseJson('"'.repeat(64_000))).toThrow()
  expect(() => parseJson('"' + '\\"'.repeat(32_000))).toThrow()
  expect(performance.now() - begin).toBeLessThan(1_000)
})
