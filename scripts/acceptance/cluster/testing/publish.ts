import { randomUUID } from 'node:crypto'
import { logIn } from '#runtime/broker/login.ts'
import type { Message } from 'warren'
import { outgoing, properties } from '#runtime/message/outgoing.ts'
import { secret, type TestCluster } from './test-cluster.ts'

/** Publishes messages as the broker's administrator, and waits for the confirms. */
export async function publish(cluster: TestCluster, messages: readonly Message[]): Promise<void> {
  const { username = '', password = '' } = await secret(cluster.namespace, 'rabbit-default-user')
  const url = new URL(cluster.shop.amqpUrl)
  url.username = username
  url.password = password
  const connection = await logIn(url.href)
  const channel = await connection.createConfirmChannel()
  for (const message of messages) {
    const wire = outgoing(message, randomUUID(), randomUUID(), {})
    channel.publish(wire.exchange, wire.key, Buffer.from(wire.body), properties(wire, username, username))
  }
  await channel.waitForConfirms()
  await connection.close()
}
