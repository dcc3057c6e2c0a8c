import { connect, credentials, type ChannelModel } from 'amqplib'
import { addressOf } from '../settings/address.ts'
import { dropUnreadableHeaders } from './unreadable-headers.ts'

export interface LoginOptions {
  /** Shown by the broker for this connection. */
  readonly name?: string
  /** Seconds between two heartbeats; the broker's own proposal by default. */
  readonly heartbeat?: number
}

/**
 * Connects to a broker. User and password are decoded here: amqplib reads each byte of `%C3%A4` as a character of its own.
 *
 * @throws an error for which `isLoginRefused` holds when the broker does not accept user and password
 */
export async function logIn(url: string, { name, heartbeat }: LoginOptions = {}): Promise<ChannelModel> {
  const { user, password } = addressOf(url)
  const connection = await connect(heartbeat === undefined ? url : withHeartbeat(url, heartbeat), {
    ...(user !== '' && { credentials: credentials.plain(user, password) }),
    // Without `noDelay` a small frame waits up to 40 ms for the acknowledgement of the one before it.
    noDelay: true,
    ...(name !== undefined && { clientProperties: { connection_name: name } }),
    timeout: 10_000,
  })
  dropUnreadableHeaders(connection)
  return connection
}

/** Whether the broker has refused user and password, rather than a virtual host or an operation. */
export function isLoginRefused(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('Handshake terminated by server: 403 ')
}

function withHeartbeat(url: string, seconds: number): string {
  const parsed = new URL(url)
  parsed.searchParams.set('heartbeat', String(seconds))
  return parsed.href
}
