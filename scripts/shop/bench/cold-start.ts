import { randomUUID } from 'node:crypto'
import { logIn } from '#runtime/broker/login.ts'
import { outgoing, properties } from '#runtime/message/outgoing.ts'
import { ReserveStock, StockReserved } from '#contracts'
import { end, type Core } from './core.ts'
import { residentMegabytes } from './processor-time.ts'

export interface ColdStart {
  /** Milliseconds from the spawn of the process until the output of its first message arrived here. */
  readonly milliseconds: number
  /** Resident memory after that, in MB. */
  readonly megabytes: number
}

/** Starts inventory several times while one message waits for it. It acknowledges that message in the same turn as it answers. */
export async function coldStarts(core: Core, adminUrl: string, times: number): Promise<ColdStart[]> {
  const connection = await logIn(adminUrl)
  const admin = await connection.createConfirmChannel()
  const results: ColdStart[] = []
  let answered = () => {}
  const { queue } = await admin.assertQueue('', { exclusive: true })
  await admin.bindQueue(queue, 'events', `${StockReserved.type}.#`)
  await admin.consume(queue, () => answered(), { noAck: true })

  for (let time = 0; time < times; time++) {
    const running = core.processes.get('inventory')
    if (running) await end(running)
    const orderId = randomUUID()
    const message = outgoing(
      ReserveStock({ orderId, lines: [{ sku: 'BOOK-1', quantity: 1 }] }),
      randomUUID(),
      orderId,
      {},
    )
    admin.publish(message.exchange, message.key, Buffer.from(message.body), properties(message, 'admin', 'bench'))
    await admin.waitForConfirms()
    const arrived = new Promise<void>((resolve) => (answered = resolve))
    const begun = performance.now()
    const child = core.start('inventory')
    await arrived
    const milliseconds = performance.now() - begun
    results.push({ milliseconds, megabytes: residentMegabytes((await child).pid ?? 0) })
  }
  await connection.close()
  return results
}
