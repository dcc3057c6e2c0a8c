import { randomUUID } from 'node:crypto'
import { OrderConfirmed, OrderCreated, PlaceOrder } from '#contracts'
import { properties, outgoing } from '#runtime/message/outgoing.ts'
import { startWholeShop, type WholeShop } from '../shop/whole-shop.ts'
import { needs } from '../testbed/needs.ts'
import { until } from '../testbed/until.ts'

const earlier = 2_000
const vips = 20

let shop: WholeShop

beforeAll(async () => {
  shop = await startWholeShop()
}, 120_000)

afterAll(() => shop?.close())

needs('4.3', 'strict priorities')(
  'with 2,000 orders waiting, the VIP orders that are placed last are confirmed before 95 % of them',
  async () => {
    const { world } = shop
    const channel = await world.channel('admin')
    const created: string[] = []
    const confirmed: string[] = []
    await listen(OrderCreated, created)
    await listen(OrderConfirmed, confirmed)

    async function listen({ type }: { type: string }, ids: string[]) {
      const { queue } = await channel.assertQueue(`seen.${type}`, { arguments: { 'x-queue-type': 'quorum' } })
      await channel.bindQueue(queue, 'events', `${type}.#`)
      const note = (body: Buffer) => ids.push((JSON.parse(body.toString()) as { orderId: string }).orderId)
      await channel.consume(queue, (message) => message && note(message.content), { noAck: true })
    }
    async function place(count: number, tier?: 'vip') {
      const ids = Array.from({ length: count }, () => randomUUID() as string)
      for (const orderId of ids) {
        const wire = outgoing(PlaceOrder({ ...order, orderId, ...(tier && { tier }) }), randomUUID(), orderId, {})
        channel.publish(wire.exchange, wire.key, Buffer.from(wire.body), properties(wire, 'admin', 'admin'))
      }
      await channel.waitForConfirms()
      return ids
    }

    await shop.running('orders').kill()
    await place(earlier)
    expect(await world.depth('orders')).toBe(earlier)
    await shop.start('orders')
    // By now its replica has taken as many as it holds.
    await until(() => created.length > 0)
    const last = await place(vips, 'vip')
    await until(() => last.every((id) => confirmed.includes(id)), { within: 120_000 })

    const before = Math.max(...last.map((id) => confirmed.indexOf(id))) + 1 - vips
    console.log(`${before} of ${earlier} earlier orders were confirmed before the last of ${vips} VIP orders`)
    expect(before).toBeLessThan(earlier * 0.05)
  },
  150_000,
)

const order = {
  customerId: 'ada',
  email: 'ada@customers.example',
  currency: 'EUR' as const,
  lines: [{ sku: 'PEN-1', quantity: 1, unitPrice: 200 }],
  total: 200,
  card: 'tok_visa',
  shipTo: { name: 'Ada Lovelace', street: '1 Engine Way', city: 'London', postalCode: 'W1', country: 'GB' },
}
