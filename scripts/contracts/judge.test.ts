import { command, event, question, type AnyContract } from 'warren'
import * as z from 'zod'
import { contractsIn } from '../send/message.ts'
import { judge } from './judge.ts'
import { entryOf, lockFile, readLock, textOf } from './lock.ts'

const type = 'order.place.v1'
const released = {
  id: z.uuid(),
  lines: z.array(z.object({ sku: z.string().regex(/^[A-Z]+$/), quantity: z.int().min(1).max(100) })),
  currency: z.enum(['EUR', 'USD']),
  note: z.string().max(200).nullable(),
  coupon: z.string().optional(),
}
type Shape = z.ZodRawShape
const lineOf = (sku: z.ZodType, quantity: z.ZodType): Shape => ({ lines: z.array(z.object({ sku, quantity })) })
const { sku, quantity } = released.lines.element.shape

const lock = { [type]: entryOf(command(type, released)) }
const judged = (contract: AnyContract) => judge(lock, new Map([[contract.type, contract]]))
const edited = (edit: Shape) => judged(command(type, { ...released, ...edit }))
const without = (field: keyof typeof released) => {
  const { [field]: _, ...rest } = released
  return judged(command(type, rest))
}

const breakingEdits: Record<string, [ReturnType<typeof judge>, string]> = {
  'a field removed': [without('currency'), 'currency is gone'],
  'a field of another type': [edited(lineOf(sku, z.string())), 'lines[].quantity was of type integer'],
  'a new required field': [edited({ tier: z.string() }), 'tier is new and required'],
  'an optional field made required': [edited({ coupon: z.string() }), 'coupon was optional and is required'],
  'a required field made optional': [edited({ id: z.uuid().optional() }), 'id was required and is optional'],
  'a value of an enum removed': [edited({ currency: z.enum(['EUR']) }), 'currency does not take "USD" any more'],
  'a bound narrowed': [edited(lineOf(sku, z.int().min(1).max(50))), 'maximum of lines[].quantity was 100 and is 50'],
  'a pattern changed': [edited(lineOf(z.string().regex(/^[A-Z]$/), quantity)), 'lines[].sku has another pattern'],
  'null refused': [edited({ note: z.string().max(200) }), 'note could be null'],
  'an enum turned into numbers': [edited({ currency: z.number() }), 'currency was of type string'],
  'a type deleted': [judge(lock, new Map()), `npm run contracts -- --retire ${type}`],
  'a command turned into an event': [judged(event(type, released)), 'was of kind command'],
}

const harmlessEdits: Record<string, ReturnType<typeof judge>> = {
  'no edit, with the fields in another order': judged(
    command(type, Object.fromEntries(Object.entries(released).reverse())),
  ),
  'a new optional field': edited({ tier: z.string().optional() }),
  'a new field with a default': edited({ tier: z.string().default('standard') }),
  'words for readers': edited({ currency: released.currency.describe('of the price') }),
  'a new type': judge(lock, contractsIn({ one: command(type, released), other: event('order.placed.v1', {}) })),
}

const widerEdits: Record<string, ReturnType<typeof judge>> = {
  'one more value of an enum': edited({ currency: z.enum(['EUR', 'USD', 'GBP']) }),
  'a bound widened': edited(lineOf(sku, z.int().min(1).max(1000))),
}

test('the gate finds each of eight planted breaking edits and lets four harmless ones pass', () => {
  expect(Object.keys(breakingEdits).length).toBeGreaterThanOrEqual(8)
  expect(Object.keys(harmlessEdits).length).toBeGreaterThanOrEqual(4)
  for (const [edit, [{ breaking }, sentence]] of Object.entries(breakingEdits))
    expect([edit, breaking]).toEqual([edit, [expect.stringContaining(sentence)]])
  for (const [edit, { breaking, wider }] of Object.entries(harmlessEdits))
    expect([edit, breaking, wider]).toEqual([edit, [], []])
})

test('values that the released code refuses pass, with the order of deployment', () => {
  for (const [edit, { breaking, wider }] of Object.entries(widerEdits))
    expect([edit, breaking, wider]).toEqual([
      edit,
      [],
      [expect.stringContaining('deploy its receivers before its senders')],
    ])
})

test('a breaking edit is refused with the way out, and not offered to be accepted', () => {
  const { breaking, unlocked } = edited({ tier: z.string() })
  expect(unlocked).toEqual([])
  expect(breaking).toEqual([
    'order.place.v1: tier is new and required: messages without it wait in queues; make it optional, or give it a default, or define order.place.v2 beside it',
  ])
})

test('a reply is judged as the request is', () => {
  const asked = (reply: Shape) => question(type, released, reply)
  const answered = { [type]: entryOf(asked({ left: z.int(), at: z.string() })) }
  const { breaking } = judge(answered, new Map([[type, asked({ left: z.int() })]]))
  expect(breaking).toEqual([expect.stringContaining('at is gone')])
})

test('a retired type may be missing, and an unrecorded one is named until it is accepted', () => {
  expect(judge({ [type]: { ...lock[type], retired: true } }, new Map()).breaking).toEqual([])
  const contracts = contractsIn({ new: event('order.placed.v1', {}), old: command(type, released) })
  const { unlocked, next } = judge(lock, contracts)
  expect(unlocked).toEqual([`order.placed.v1 is not in ${lockFile} as it is now: npm run contracts -- --accept`])
  expect(judge(next, contracts).unlocked).toEqual([])
})

test('the lock file does not depend on the order in which contracts are defined', () => {
  const other = entryOf(event('order.placed.v1', {}))
  expect(textOf({ ...lock, 'order.placed.v1': other })).toBe(textOf({ 'order.placed.v1': other, ...lock }))
})

test("the shop's lock file can be read", () => {
  expect(Object.keys(readLock() ?? {}).length).toBeGreaterThan(0)
})
