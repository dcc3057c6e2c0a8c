import * as z from 'zod'
import { wrongField } from './wrong-field.ts'

function sentenceOf(schema: z.ZodType, value: unknown): string {
  const { error } = schema.safeParse(value)
  return error ? wrongField(error, 'the body') : 'valid'
}

const few = z.int().min(1).max(1_000)

test.each<[string, z.ZodType, unknown, string]>([
  ['a missing field', z.object({ a: few }), {}, 'a is missing'],
  ['a wrong type', z.object({ a: few }), { a: '1' }, 'a must be a number'],
  ['a fraction', z.object({ a: few }), { a: 1.5 }, 'a must be a whole number'],
  ['infinity', z.object({ a: few }), { a: Infinity }, 'a must be a number'],
  ['too much', z.object({ a: few }), { a: 1_001 }, 'a must be at most 1000'],
  ['more than is counted exactly', z.object({ a: few }), { a: 2 ** 53 }, 'a must be at most 1000'],
  ['less than is counted exactly', z.object({ a: few }), { a: -(2 ** 53) }, 'a must be at least 1'],
  ['no limit but that of exact numbers', z.int(), 2 ** 53, 'the body must be at most 9007199254740991'],
  ['another field that is worse', z.object({ a: few, b: few.max(5) }), { a: 2e3, b: 2e3 }, 'a must be at most 1000'],
  ['a long text', z.object({ a: z.string().max(1) }), { a: 'xx' }, 'a must have at most 1 character'],
  ['an empty list', z.object({ a: z.array(few).min(1) }), { a: [] }, 'a must have at least 1 entry'],
  ['an exact length', z.string().length(2), 'x', 'the body must have exactly 2 characters'],
  ['an entry of a list', z.array(z.object({ b: few })), [{ b: 0 }], '[0].b must be at least 1'],
  ['an unknown field', z.strictObject({}), { more: 1 }, 'more is not a known field: remove it'],
  ['an unknown name', z.strictObject({}), { 'a b\n': 1 }, '["a b\\n"] is not a known field: remove it'],
  ['a choice', z.enum(['EUR', 'USD']), 'GBP', 'the body must be one of EUR, USD'],
  ['a single choice', z.literal('x'), 'y', 'the body must be x'],
  ['an address', z.object({ a: z.email() }), { a: 'x' }, 'a must be an email address'],
  ['an id', z.object({ a: z.uuid() }), { a: 'x' }, 'a must be a UUID'],
  ['a truth', z.boolean(), 1, 'the body must be true or false'],
  [
    'a name in a record',
    z.record(z.string().max(2), few),
    { abc: 1 },
    'abc is not an allowed name: it must have at most 2 characters',
  ],
  ['a pattern with words', z.string().regex(/x/, 'must contain an x'), 'y', 'the body must contain an x'],
  ['a pattern without words', z.string().regex(/^x{3}$/), 'y', 'the body must have another form'],
  ['neither of two', z.union([z.string(), z.boolean()]), 1, 'the body has a value that is not allowed'],
])('%s, in words for people', (_, schema, value, sentence) => {
  expect(sentenceOf(schema, value)).toBe(sentence)
})
