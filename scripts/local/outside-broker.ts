import type { Definitions } from '#runtime/topology/index.ts'
import { refuseForeignUsers } from './foreign-users.ts'
import { askBroker, RefusedByBroker, type ManagementRequest, type ManagementUser } from '../inspect/management.ts'

/** A RabbitMQ broker that the shop uses. */
export interface OutsideBroker {
  readonly version: string
  readonly vhost: string
  readonly managementUrl: string
  url(user: string, password: string): string
  /**
   * Creates or updates objects; it removes none.
   *
   * @throws an error with the ways out if these users belong to another shop on the same broker
   */
  importDefinitions(definitions: Pick<Definitions, 'users'>): Promise<void>
}

/**
 * Connects to a broker that this program did not start.
 *
 * @param amqpUrl of an administrator; its path is the virtual host, by default `warren`
 * @param managementUrl by default port 15672 of the same host
 * @throws an error with the remedy if the management API does not respond or the user is not an administrator
 */
export async function outsideBroker(amqpUrl: string, managementUrl?: string): Promise<OutsideBroker> {
  const address = new URL(amqpUrl)
  const vhost = decodeURIComponent(address.pathname.slice(1)) || 'warren'
  const api = managementUrl ?? `http://${address.hostname}:15672`
  const admin = {
    url: api,
    user: decodeURIComponent(address.username || 'guest'),
    password: decodeURIComponent(address.password || 'guest'),
  }

  const { rabbitmq_version: version } = await request<{ rabbitmq_version: string }>(admin, 'overview')
  return {
    version,
    vhost,
    managementUrl: api,
    url(user, password) {
      const own = new URL(address)
      own.username = encodeURIComponent(user)
      own.password = encodeURIComponent(password)
      own.pathname = `/${encodeURIComponent(vhost)}`
      return own.href
    },
    async importDefinitions(definitions) {
      const users = definitions.users.map(({ name }) => name)
      await refuseForeignUsers(admin, vhost, users)
      await request(admin, 'definitions', { method: 'POST', body: definitions })
    },
  }
}

/** @throws an error that names the environment variable to change */
async function request<Answer>(user: ManagementUser, path: string, sent?: ManagementRequest): Promise<Answer> {
  try {
    return await askBroker<Answer>(user, path, sent)
  } catch (cause) {
    if (!(cause instanceof RefusedByBroker))
      throw new Error(`RabbitMQ's management API does not respond at ${user.url}: set MANAGEMENT_URL to its address.`, {
        cause,
      })
    if (cause.status !== 401 && cause.status !== 403) throw cause
    throw new Error(
      `the user ${user.user} of AMQP_URL may not administer the broker at ${user.url}: it needs the tag administrator.`,
      { cause },
    )
  }
}
