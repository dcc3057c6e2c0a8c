import { OrderCancelled, OrderConfirmed } from '#contracts'
import { Unavailable } from 'warren'
import { deliver } from 'warren/testing'
import { notifications } from './handler.ts'
import type { Mail } from './mailer.ts'

const order = {
  orderId: '5f0c3b0e-3a53-4f4e-9d6f-0d5d8a2f4a11',
  customerId: 'ada',
  email: 'ada@customer.example',
  currency: 'EUR',
  total: 123_456,
} as const
const confirmed = OrderConfirmed({ ...order, trackingId: 'DESK-1' })
const cancelled = OrderCancelled({ ...order, step: 'payment', reason: 'the card was declined' })

test('the mail about a confirmed order contains its number, price and parcel', async () => {
  const [mail] = await mails(confirmed)
  expect(mail).toMatchObject({
    id: 'order-confirmed.5f0c3b0e-3a53-4f4e-9d6f-0d5d8a2f4a11@warren.example',
    to: 'ada@customer.example',
    subject: 'Your order 5f0c3b0e is confirmed',
  })
  for (const part of [order.orderId, 'EUR 1234.56', 'DESK-1']) expect(mail!.text).toContain(part)
})

test('the mail about a cancelled order contains the reason, and that nothing is charged', async () => {
  const [mail] = await mails(cancelled)
  expect(mail).toMatchObject({
    id: 'order-cancelled.5f0c3b0e-3a53-4f4e-9d6f-0d5d8a2f4a11@warren.example',
    to: 'ada@customer.example',
    subject: 'Your order 5f0c3b0e is cancelled',
  })
  for (const part of [order.orderId, 'is cancelled: the card was declined.', 'You are not charged']) {
    expect(mail!.text).toContain(part)
  }
})

test.each([
  ['stock', 'You are not charged, and nothing is held on your card.'],
  ['payment', 'You are not charged, and nothing is held on your card.'],
  ['shipment', 'You are not charged: the amount held on your card is released.'],
  ['cancel', 'You are not charged: if an amount is held on your card, it is released.'],
  ['deadline', 'You are not charged: if an amount is held on your card, it is released.'],
])('the mail about an order that ended at %s says truly what happens to the money', async (step, sentence) => {
  const [mail] = await mails(OrderCancelled({ ...order, step, reason: 'no' }))
  expect(mail!.text).toContain(`\n\n${sentence}\n\n`)
})

test('a repeated event produces the same mail, so that the repeat can be recognized', async () => {
  const [first, second] = await mails(confirmed, confirmed)
  expect(second).toEqual(first)
})

test('a mail server that is down does not fail the order', async () => {
  const down = { send: async () => Promise.reject(new Unavailable('smtp', { cause: 'connection refused' })) }
  await expect(deliver(notifications(down), confirmed)).rejects.toThrow(Unavailable)
})

async function mails(...events: (typeof confirmed | typeof cancelled)[]): Promise<Mail[]> {
  const sent: Mail[] = []
  const handler = notifications({ send: async (mail) => void sent.push(mail) })
  for (const event of events) expect(await deliver(handler, event)).toEqual([])
  return sent
}
