import type { ConfirmChannel, Options } from 'amqplib'

/** Opens channels as any user of the broker, as a test's world does. */
interface Users {
  channel(user: string): Promise<ConfirmChannel>
}

/** The broker's response to a user's action on a separate channel: `done`, or the code with which it closed the channel. */
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
  // A refused action fails too, but only the channel's error contains the code.
  return Promise.race([closed, done.catch(() => closed)])
}

/** The broker's response to one published message of this user. */
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
 * Publishes with every key to every exchange as this user, and returns the accepted combinations as `exchange key`.
 *
 * @throws if the broker refuses a combination with a code other than 403
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
