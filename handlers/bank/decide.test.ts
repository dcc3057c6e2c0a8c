import { behaviour } from './cards.ts'
import { decide, type Authorization } from './decide.ts'
import type { Request } from './requests.ts'
import { stumbling } from './stumble.ts'

const authorize = (card: string): Request => ({
  operation: 'authorizations',
  key: card,
  body: { reference: 'order-1', amount: 4200, currency: 'EUR', card },
})
const held: Authorization = {
  id: 'auth-1',
  reference: 'order-1',
  amount: 4200,
  currency: 'EUR',
  card: 'tok_visa',
  status: 'authorized',
  reason: null,
  captured: 0,
  refunded: 0,
}
const ask = (operation: 'captures' | 'voids' | 'refunds', amount = 4200) =>
  ({ operation, key: 'key', body: { authorizationId: 'auth-1', ...(operation !== 'voids' && { amount }) } }) as Request

test.each([
  ['tok_visa', 'authorized'],
  ['tok_mastercard', 'authorized'],
  ['tok_slow', 'authorized'],
  ['tok_flaky', 'authorized'],
  ['tok_capture_fails_3', 'authorized'],
  ['tok_declined', 'declined'],
  ['tok_insufficient_funds', 'declined'],
  ['tok_stolen_from_a_film', 'declined'],
])('%s is %s', (card, status) => {
  expect(decide(authorize(card), undefined, 'auth-1')).toMatchObject({
    answer: { status: 201, body: { id: 'auth-1', status } },
    authorization: { reference: 'order-1', amount: 4200, status },
  })
})

test('authorized money is captured or voided, and captured money can be refunded', () => {
  expect(decide(ask('captures', 4000), held, '').authorization).toMatchObject({ status: 'captured', captured: 4000 })
  expect(decide(ask('voids'), held, '').authorization).toMatchObject({ status: 'voided' })
  const taken: Authorization = { ...held, status: 'captured', captured: 4000 }
  expect(decide(ask('refunds', 1000), taken, '').authorization).toMatchObject({ status: 'refunded', refunded: 1000 })
})

test.each([
  ['captures', 'captured', 'authorization auth-1 is captured and cannot be captured'],
  ['captures', 'voided', 'authorization auth-1 is voided and cannot be captured'],
  ['captures', 'declined', 'authorization auth-1 is declined and cannot be captured'],
  ['voids', 'captured', 'authorization auth-1 is captured and cannot be voided'],
  ['refunds', 'authorized', 'authorization auth-1 is authorized and cannot be refunded'],
  ['refunds', 'refunded', 'authorization auth-1 is refunded and cannot be refunded'],
] as const)('%s of what is %s is refused', (operation, status, detail) => {
  const { answer, authorization } = decide(ask(operation), { ...held, status }, '')
  expect(answer).toMatchObject({ status: 409, body: { detail } })
  expect(authorization).toBeUndefined()
})

test('a capture cannot exceed its authorization, nor a refund its capture', () => {
  expect(decide(ask('captures', 4201), held, '').answer).toMatchObject({ status: 422 })
  const taken: Authorization = { ...held, status: 'captured', captured: 4000 }
  expect(decide(ask('refunds', 4001), taken, '').answer).toMatchObject({ status: 422 })
})

test('an unknown authorization is not found', () => {
  expect(decide(ask('captures'), undefined, '').answer).toMatchObject({ status: 404 })
})

test('a flaky card fails on the first try of each key and then works', () => {
  const stumble = stumbling()
  const flaky = authorize('tok_flaky')
  expect(stumble(flaky, undefined)).toMatchObject({ status: 503 })
  expect(stumble(flaky, undefined)).toBeUndefined()
  expect(stumble({ ...flaky, key: 'another' }, undefined)).toMatchObject({ status: 503 })
})

test('a card can be down for ever, or only during its capture', () => {
  const stumble = stumbling()
  for (const _ of [1, 2, 3]) expect(stumble(authorize('tok_down'), undefined)).toMatchObject({ status: 503 })

  const stubborn = { ...held, card: 'tok_capture_fails_2' }
  const answers = [1, 2, 3].map(() => stumble(ask('captures'), stubborn)?.status)
  expect(answers).toEqual([500, 500, undefined])
  expect(stumble(ask('captures'), { ...held, card: 'tok_capture_down_1' })).toMatchObject({ status: 503 })
})

test('a slow card delays each answer by two seconds', () => {
  expect(behaviour('tok_slow')).toEqual({ delay: 2_000 })
})
