import { randomUUID } from 'node:crypto'
import { connect } from 'amqplib'
import { UpdateStock } from '#contracts'
import { until } from '../../testbed/until.ts'
import { underLoad } from '../under-load.ts'
import { dashboards, rules } from '../../../charts/testing/files.ts'
import { ask, emptyQueries, number } from '../../../charts/testing/prometheus.ts'
import { queriesOf } from '../../../charts/testing/queries.ts'
import { rest } from '../../shop/ledger/rest.ts'
import { forward, type Forward } from '../../cluster/forward.ts'
import { messagesIn } from './testing/broker.ts'
import { publish } from './testing/publish.ts'
import { openCluster, secret, type TestCluster } from './testing/test-cluster.ts'

/** It reads everything every 5 s and works out every alert as often. */
const inTime = { within: 60_000 }

let cluster: TestCluster
let prometheus: Forward
let url: string

beforeAll(async () => {
  cluster = await openCluster()
  prometheus = await forward(cluster.namespace, 'prometheus', 9090)
  url = `http://127.0.0.1:${prometheus.port}`
}, 120_000)

afterAll(async () => {
  await prometheus?.close()
  await cluster?.close()
})

/** What all processes have counted in the last hours, those that are gone included, up to when each was read last. */
function counted(name: string, labels = ''): Promise<number> {
  return number(url, `sum(max_over_time(${name}{namespace="${cluster.namespace}"${labels}}[6h])) or vector(0)`)
}

/** What the broker has counted of a queue, for all of its consumers. */
function acknowledged(queue: string): Promise<number> {
  const series = `rabbitmq_detailed_queue_messages_acked_total{namespace="${cluster.namespace}", queue="${queue}"}`
  return number(url, `sum(${series}) or vector(0)`)
}

/** Waits until the shop is idle and Prometheus has read everything since. */
async function countedAtRest() {
  expect(await rest(cluster.shop, 120_000)).toMatchObject({ reached: true })
  const since = Date.now() / 1_000
  const oldest = `min(timestamp(up{namespace="${cluster.namespace}"}))`
  await until(async () => (await number(url, oldest)) > since, inTime)
}

const countOrders = async () => ({
  taken: await counted('warren_handled_total', ', handler="orders", type="order.place.v1", outcome="done"'),
  begun: await counted('warren_saga_started_total'),
  ended: await counted('warren_saga_ended_total'),
})

test('under load every panel and every alert has data, and in the end the numbers match the ledger', async () => {
  await countedAtRest()
  const [before, mails] = [await countOrders(), await acknowledged('notifications')]
  const orders = 900
  // Only an ordered handler that runs counts keys.
  await publish(cluster, [UpdateStock({ sku: 'MUG-1', change: 1 })])
  const load = underLoad(cluster, { orders, rate: 15 })
  const queries = queriesOf(dashboards(), rules(cluster.namespace), cluster.namespace)
  await until(() => load.accepted > 450, inTime)
  await until(async () => {
    expect(await emptyQueries(url, queries)).toEqual([])
    return true
  })
  await load.expectLedgerHolds()
  // One message for each order that ends; the broker stays, so it has counted them all.
  await until(async () => (await acknowledged('notifications')) === mails + orders, inTime)
  // A replica that is scaled in takes along what it did since it was read last, 5 s ago at the most.
  await until(async () => {
    const { taken, begun, ended } = await countOrders()
    for (const count of [taken - before.taken, begun - before.begun, ended - before.ended]) {
      expect(count).toBeGreaterThan(0.9 * orders)
      expect(count).toBeLessThanOrEqual(orders)
    }
    return true
  }, inTime)
}, 300_000)

test('the dead letter metric matches the broker, names the reason and raises an alarm', async () => {
  const { username = '', password = '' } = await secret(cluster.namespace, 'rabbit-default-user')
  const broker = await connect(Object.assign(new URL(cluster.shop.amqpUrl), { username, password }).toString())
  const channel = await broker.createConfirmChannel()
  const dead = 'shipping.dead'
  const malformed = () => counted('warren_dead_total', ', handler="shipping", reason="malformed"')
  const before = await malformed()
  try {
    const type = 'shipment.schedule.v1'
    const envelope = { type, contentType: 'application/json', userId: username }
    for (let count = 0; count < 3; count++)
      channel.publish('commands', type, Buffer.from('{}'), { ...envelope, messageId: randomUUID() })
    await channel.waitForConfirms()

    await until(async () => (await messagesIn(cluster.shop, dead)) === 3, inTime)
    const seen = `max(rabbitmq_detailed_queue_messages{namespace="${cluster.namespace}", queue="${dead}"})`
    await until(async () => (await number(url, seen)) === 3, inTime)
    await until(async () => (await malformed()) === before + 3, inTime)
    const alarm = `ALERTS{alertname="WarrenDeadLettersArrive", queue="${dead}", alertstate="firing"}`
    await until(async () => (await ask(url, alarm)).length === 1, inTime)
  } finally {
    await channel.purgeQueue(dead)
    await broker.close()
  }
}, 300_000)
