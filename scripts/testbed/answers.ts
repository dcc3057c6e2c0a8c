import type { ConfirmChannel, Options } from 'amqplib'

/** Opens channels as any of the broker's users: a test's world, or what is like it. */
interface Users {
  channel(user: string): Promise<ConfirmChannel>
}

/** What the broker answers to an action of a user on a channel of its own: `done`, or the code with which it closed the channel. */
export async function answer(
  world: Users,
  user: string,
  action: (channel: ConfirmChannel) => unknown,
): Promise<'done' | number> {
  const channel = await world.channel(user)
  const closed = new Promise<number>((resolve) => channel.once('error', ({ code }: { code: number }) => resolve(code)))
  const done = (async () => {
    await action(channel)
    await channel.waitForConfirms()
    await channel.close()
    return 'done' as const
  })()
  // A refused action fails too, and only the channel's error tells the code.
  return Promise.race([closed, done.catch(() => closed)])
}

/** The answer to one message of this user, whatever is in it. */
export function publishAnswer(
  world: Users,
  user: string,
  exchange: string,
  key: string,
  options: Options.Publish = {},
) {
  return answer(world, user, (channel) => channel.publish(exchange, key, Buffer.from('{}'), options))
}

/**
 * Tries every key on every exchange as this user, and returns what the broker took, as `exchange key`.
 *
 * @throws when something else than 403 stands in the way of the others
 */
export async function writableKeys(
  world: Users,
  user: string,
  exchanges: readonly string[],
  keys: readonly string[],
): Promise<string[]> {
  const taken: string[] = []
  for (const exchange of exchanges) {
    const answers = await Promise.all(keys.map((key) => publishAnswer(world, user, exchange, key)))
    for (const [index, key] of keys.entries()) {
      if (answers[index] === 'done') taken.push(`${exchange} ${key}`)
      else if (answers[index] !== 403) throw new Error(`${user} got ${answers[index]} for ${key} on ${exchange}`)
    }
  }
  return taken
}
