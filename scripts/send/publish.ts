import { logIn } from '#runtime/broker/login.ts'
import { properties, type Outgoing } from '#runtime/message/outgoing.ts'
import { addressOf } from '#runtime/settings/address.ts'

/**
 * Publishes a message as the user of the URL.
 *
 * @throws an error that names the remedy if the broker refuses it, or returns it because no queue takes it
 */
export async function publish(message: Outgoing, amqpUrl: string): Promise<void> {
  const { user, host } = addressOf(amqpUrl)
  const connection = await logIn(amqpUrl)
  connection.on('error', () => {})
  try {
    const channel = await connection.createConfirmChannel()
    let returned = false
    channel.on('return', () => (returned = true))
    const closed = new Promise<never>((_, reject) => channel.on('error', reject))
    const confirmed = new Promise<void>((resolve, reject) => {
      const options = { ...properties(message, user, user), mandatory: true }
      channel.publish(message.exchange, message.key, Buffer.from(message.body), options, (error: Error | null) =>
        error ? reject(error) : resolve(),
      )
    })
    await Promise.race([confirmed, closed]).catch((cause: unknown) => {
      throw new Error(`the broker at ${host} does not take ${message.key} from ${user}: ${(cause as Error).message}`, {
        cause,
      })
    })
    // The return of a message comes before its confirm.
    if (returned) throw new Error(noReceiver(message))
  } finally {
    await connection.close().catch(() => undefined)
  }
}

/**
 * Why a message was not sent that no handler would get.
 *
 * @param causes why handlers that name it do not get it
 */
export function noReceiver(
  { key, type, exchange }: Pick<Outgoing, 'key' | 'type' | 'exchange'>,
  causes: readonly string[] = [],
): string {
  if (causes.length > 0) return `no handler gets ${key}, so it was not sent: ${causes.join('; ')}`
  const list = exchange === 'commands' ? 'handles' : 'subscribes'
  return `no handler gets ${key}, so it was not sent: add ${type} to ${list} in a handler.yaml, and start or deploy that handler`
}
