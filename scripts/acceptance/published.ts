import type { World } from '#testbed'

/** What the broker itself knows of the messages that were published, whatever handlers make of them. */
export interface Published {
  /** The id of each message that the exchanges have taken, in turn and with repeats, by the broker's own tracer. */
  ids(): Promise<readonly string[]>
  /**
   * How many they have taken by their own counters. The broker writes those every 5 s, so they lack the last messages of a connection
   * that was killed.
   */
  counted(): Promise<number>
}

/** Begins to trace what is published to these exchanges. The routes of the messages stay as they are. */
export async function tracePublished(world: World, exchanges: readonly string[]): Promise<Published> {
  const { vhost, broker } = world
  const channel = await world.channel(broker.admin.user)
  const { queue } = await channel.assertQueue('', { exclusive: true })
  for (const exchange of exchanges) await channel.bindQueue(queue, 'amq.rabbitmq.trace', `publish.${exchange}`)
  const ids: string[] = []
  await channel.consume(
    queue,
    (message) => {
      const traced = message?.properties.headers?.['properties'] as { message_id?: string } | undefined
      if (message) ids.push(traced?.message_id ?? 'none')
    },
    { noAck: true },
  )
  await broker.request('PUT', `vhosts/${vhost}`, { tracing: true })

  return {
    async ids() {
      // The broker answers behind the messages that it has sent to this channel.
      for (;;) if ((await channel.checkQueue(queue)).messageCount === 0) return [...ids]
    },
    async counted() {
      const found = await Promise.all(
        exchanges.map((exchange) =>
          broker.request<{ message_stats?: { publish_in?: number } }>('GET', `exchanges/${vhost}/${exchange}`),
        ),
      )
      return found.reduce((sum, { message_stats: stats }) => sum + (stats?.publish_in ?? 0), 0)
    },
  }
}
