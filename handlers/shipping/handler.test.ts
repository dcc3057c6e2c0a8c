import { ScheduleShipment, ShipmentRefused } from '#contracts'
import { Unavailable } from 'warren'
import { deliver } from 'warren/testing'
import { deskCarrier, type Carrier } from './carrier.ts'
import { shipping } from './handler.ts'

const orderId = '5f0c3b0e-3a53-4f4e-9d6f-0d5d8a2f4a11'
const schedule = (postalCode: string) =>
  ScheduleShipment({
    orderId,
    lines: [{ sku: 'PEN-1', quantity: 1 }],
    shipTo: { name: 'Ada', street: 'Main Street 1', city: 'Berlin', postalCode, country: 'DE' },
  })

test("a carrier's refusal is a message, not an error", async () => {
  expect(await deliver(shipping(deskCarrier()), schedule('X1234'))).toEqual([
    ShipmentRefused({ orderId, reason: 'the carrier does not deliver to X1234' }),
  ])
})

test('the stand-in carrier issues one tracking id per order', async () => {
  const { signal } = new AbortController()
  const book = (reference: string) =>
    deskCarrier().book({ reference, lines: [], shipTo: { postalCode: '10115', country: 'DE' } }, signal)
  expect(await book('one')).toEqual(await book('one'))
  expect(await book('one')).not.toEqual(await book('other'))
})

test('a carrier that is down does not refuse the parcel', async () => {
  const down: Carrier = {
    book: async () => Promise.reject(new Unavailable('carrier', { cause: 'connection refused' })),
    cancel: async () => {},
  }
  await expect(deliver(shipping(down), schedule('10115'))).rejects.toThrow(Unavailable)
})
