import type { ChannelModel, ConfirmChannel } from 'amqplib'
import { logIn } from '#runtime/broker/login.ts'
import { secret, type TestCluster } from './test-cluster.ts'

/** Channels of the broker's users, each with the credentials that the pods of its handler have. */
interface BrokerUsers {
  channel(user: string): Promise<ConfirmChannel>
  close(): Promise<void>
}

export async function brokerUsers({ namespace, shop }: TestCluster): Promise<BrokerUsers> {
  const connections = new Map<string, Promise<ChannelModel>>()
  const connectAs = async (user: string) => {
    const { username = '', password = '' } = await secret(namespace, `${user}-credentials`)
    const url = new URL(shop.amqpUrl)
    url.username = username
    url.password = password
    return (await logIn(url.href)).on('error', () => {})
  }
  return {
    async channel(user) {
      const connection = connections.get(user) ?? connectAs(user)
      connections.set(user, connection)
      return (await (await connection).createConfirmChannel()).on('error', () => {})
    },
    async close() {
      await Promise.all([...connections.values()].map(async (connection) => (await connection).close()))
    },
  }
}
