import {
  AuthorizePayment,
  CapturePayment,
  PaymentAuthorized,
  PaymentCaptured,
  PaymentDeclined,
  RefundPayment,
  VoidPayment,
} from '#contracts'
import { Unavailable, type Message } from 'warren'
import { deliver, type Connection } from 'warren/testing'
import type { Bank } from './bank.ts'
import { payments } from './handler.ts'

const orderId = '5f0c3b0e-3a53-4f4e-9d6f-0d5d8a2f4a11'
const authorize = AuthorizePayment({ orderId, amount: 4200, currency: 'EUR', card: 'tok_visa' })

test('a declined card is a message, not an error', async () => {
  const handler = payments(bank({ authorize: async () => ({ approved: false, reason: 'no money' }) }))
  expect(await deliver(handler, authorize)).toEqual([PaymentDeclined({ orderId, reason: 'no money' })])
})

test('an approved card leads to the authorization that the bank issued', async () => {
  expect(await deliver(payments(bank()), authorize, { db: remembers })).toEqual([
    PaymentAuthorized({ orderId, authorizationId: 'auth-1' }),
  ])
})

test('a capture reports the captured amount', async () => {
  const capture = CapturePayment({ orderId, authorizationId: 'auth-1', amount: 4200 })
  expect(await deliver(payments(bank()), capture, { db: remembers })).toEqual([
    PaymentCaptured({ orderId, authorizationId: 'auth-1', amount: 4200 }),
  ])
})

test('a bank that is down does not decline the payment', async () => {
  const down = async () => Promise.reject(new Unavailable('bank', { cause: 'connection refused' }))
  await expect(deliver(payments(bank({ authorize: down })), authorize)).rejects.toThrow(Unavailable)
})

test('each operation of an order has one idempotency key, regardless of the id of its command', async () => {
  const keys: string[] = []
  const handler = payments(listening(keys))
  const commands: Message[] = [
    authorize,
    CapturePayment({ orderId, authorizationId: 'auth-1', amount: 4200 }),
    VoidPayment({ orderId, authorizationId: 'auth-1' }),
    RefundPayment({ orderId, authorizationId: 'auth-1', amount: 4200, reason: 'returned' }),
  ]
  // `deliver` assigns a new id to every delivery.
  for (const command of [...commands, ...commands]) await deliver(handler, command, { db: remembers })

  expect(keys.slice(0, 4)).toEqual([orderId, `${orderId}/capture`, `${orderId}/void`, `${orderId}/refund`])
  expect(keys.slice(4)).toEqual(keys.slice(0, 4))
})

test("the bank gets the handler's signal, which is its only timeout", async () => {
  const { signal } = new AbortController()
  const got = new Promise<AbortSignal>((resolve) => {
    const handler = payments(
      bank({
        async authorize(_, options) {
          resolve(options.signal)
          return { approved: false, reason: 'no money' }
        },
      }),
    )
    void deliver(handler, authorize, { signal })
  })
  expect(await got).toBe(signal)
})

/** A database in which every statement matches a row. */
const remembers: Connection = { query: async () => ({ rows: [], rowCount: 1 }) }

function bank(told: Partial<Bank> = {}): Bank {
  return {
    authorize: async () => ({ approved: true, id: 'auth-1' }),
    capture: async () => {},
    void: async () => {},
    refund: async () => {},
    ...told,
  }
}

function listening(keys: string[]): Bank {
  return {
    async authorize(_, { idempotencyKey }) {
      keys.push(idempotencyKey)
      return { approved: true, id: 'auth-1' }
    },
    capture: async (_, { idempotencyKey }) => void keys.push(idempotencyKey),
    void: async (_, { idempotencyKey }) => void keys.push(idempotencyKey),
    refund: async (_, { idempotencyKey }) => void keys.push(idempotencyKey),
  }
}
