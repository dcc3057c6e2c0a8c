import { randomUUID } from 'node:crypto'
import { logIn } from '#runtime/broker/login.ts'

export interface Run {
  readonly orders: number
  readonly seconds: number
  /** From the publish of PlaceOrder to the arrival of OrderConfirmed, in milliseconds, ascending. */
  readonly latencies: readonly number[]
  readonly cancelled: number
}

/** Places orders over the broker, with at most `outstanding` unfinished, and waits until each has ended. */
export async function placeOrders(url: string, orders: number, outstanding: number): Promise<Run> {
  const connection = await logIn(url)
  const channel = await connection.createConfirmChannel()
  const begun = new Map<string, number>()
  const latencies: number[] = []
  let placed = 0
  let cancelled = 0

  const place = () => {
    placed += 1
    const order = orderNumber(placed)
    begun.set(order.orderId, performance.now())
    channel.publish('commands', 'order.place.v1', Buffer.from(JSON.stringify(order)), {
      messageId: randomUUID(),
      type: 'order.place.v1',
      contentType: 'application/json',
      correlationId: order.orderId,
      userId: 'driver',
      deliveryMode: 2,
      mandatory: true,
    })
  }

  await channel.prefetch(2_000)
  const start = performance.now()
  await new Promise<void>((resolve, reject) => {
    let unacknowledged = 0
    channel.on('close', () => reject(new Error('the channel of the driver was closed')))
    void channel.consume('driver', (message) => {
      if (!message) return
      const { type } = message.properties
      if (type === 'order.confirmed.v1' || type === 'order.cancelled.v1') {
        const { orderId } = JSON.parse(message.content.toString()) as { orderId: string }
        if (type === 'order.cancelled.v1') cancelled += 1
        latencies.push(performance.now() - (begun.get(orderId) ?? start))
        if (placed < orders) place()
      }
      if (++unacknowledged === 100 || latencies.length === orders) {
        channel.ack(message, true)
        unacknowledged = 0
      }
      if (latencies.length === orders) resolve()
    })
    for (let index = 0; index < Math.min(outstanding, orders); index++) place()
  })
  const seconds = (performance.now() - start) / 1_000
  await connection.close()
  return { orders, seconds, latencies: latencies.sort((one, other) => one - other), cancelled }
}

const catalogue = [
  'BOOK-1',
  'PEN-1',
  'LAPTOP-1',
  'PHONE-1',
  'CHARGER-1',
  'HEADPHONES-1',
  'MUG-1',
  'CHAIR-1',
  'DESK-1',
  'LAMP-1',
]

function orderNumber(index: number) {
  const sku = (offset: number) => catalogue[(index + offset) % catalogue.length] as string
  return {
    orderId: randomUUID(),
    customerId: `customer-${index % 100}`,
    email: `customer-${index % 100}@shop.example`,
    currency: 'EUR',
    lines: [
      { sku: sku(0), quantity: 1, unitPrice: 1_000 },
      { sku: sku(3), quantity: 2, unitPrice: 500 },
    ],
    total: 2_000,
    card: 'tok_visa',
    shipTo: { name: 'Ada Byron', street: 'Long Street 1', city: 'London', postalCode: '10001', country: 'GB' },
  }
}
