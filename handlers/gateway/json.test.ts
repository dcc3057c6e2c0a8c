import fc from 'fast-check'
import { parseJson } from './json.ts'

test('JSON that means one thing only is read as JSON.parse reads it', () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 6, noUnicodeString: false }), (text) => {
      fc.pre(!text.includes('__proto__') && !/\\ud[89a-f]/i.test(text))
      expect(parseJson(text)).toEqual(JSON.parse(text))
    }),
  )
})

test.each([
  ['a key twice', '{"a":1,"a":2}', 'the body has the key "a" twice in one object'],
  ['a key twice, written differently', String.raw`{"a":1,"\u0061":2}`, 'the body has the key "a" twice in one object'],
  ['a key twice, deep inside', '[{"b":{"a" : [], "a"\n:1}}]', 'the body has the key "a" twice in one object'],
  ['a prototype', '{"__proto__":{"admin":true}}', 'the body has a key "__proto__", which is not accepted anywhere'],
  [
    'a prototype in disguise',
    String.raw`{"a":{"\u005f_proto__":1}}`,
    'the body has a key "__proto__", which is not accepted anywhere',
  ],
  ['half a surrogate pair', String.raw`["\ud800"]`, 'the body has a text with half a surrogate pair'],
  ['17 levels', '['.repeat(17) + ']'.repeat(17), 'the body may have 16 levels of objects and lists at most'],
  ['60,000 levels', '{"a":'.repeat(12_000), 'the body may have 16 levels of objects and lists at most'],
  ['a text without an end', '{"a":"', 'the body must be valid JSON'],
  ['a wrong escape', String.raw`["\x"]`, 'the body must be valid JSON'],
  ['nothing', '', 'the body must be valid JSON'],
  ['two values', '{}{}', 'the body must be valid JSON'],
])('%s is refused with a sentence', (_, text, sentence) => {
  expect(() => parseJson(text)).toThrow(expect.objectContaining({ status: 400, message: sentence }))
})

test.each([
  ['the same key in two objects', '[{"a":1},{"a":2}]'],
  ['keys inside of texts', String.raw`{"a":"{\"a\":1,\"a\":2}"}`],
  ['16 levels', '['.repeat(16) + ']'.repeat(16)],
  ['a whole surrogate pair', String.raw`["\ud83d\ude00"]`],
  ['a text that only looks like an escape', String.raw`["\\ud800"]`],
])('%s is fine', (_, text) => {
  expect(parseJson(text)).toEqual(JSON.parse(text))
})

test('a body of 64 KiB that is all quotes and backslashes is read in linear time', () => {
  const begin = performance.now()
  expect(() => parseJson('"\\'.repeat(32_000))).toThrow()
  expect(() => parseJson('"'.repeat(64_000))).toThrow()
  expect(() => parseJson('"' + '\\"'.repeat(32_000))).toThrow()
  expect(performance.now() - begin).toBeLessThan(1_000)
})
