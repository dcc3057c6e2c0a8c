import { askBroker, RefusedByBroker, type ManagementRequest, type ManagementUser } from '../inspect/management.ts'

/** A RabbitMQ that already runs, on this machine or another. */
export interface OutsideBroker {
  readonly version: string
  readonly vhost: string
  readonly managementUrl: string
  url(user: string, password: string): string
  /** Objects that exist already are kept or updated, never removed. */
  importDefinitions(definitions: object): Promise<void>
}

/**
 * Uses a broker that this program did not start.
 *
 * @param amqpUrl of an administrator; its path names the virtual host, `warren` when it names none
 * @param managementUrl by default port 15672 of the same host
 * @throws a sentence when the management API does not answer or the user is no administrator
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
      await request(admin, 'definitions', { method: 'POST', body: definitions })
    },
  }
}

/** @throws a sentence that names the variable of `npm start` to change */
async function request<Answer>(user: ManagementUser, path: string, sent?: ManagementRequest): Promise<Answer> {
  try {
    return await askBroker<Answer>(user, path, sent)
  } catch (cause) {
    if (!(cause instanceof RefusedByBroker))
      throw new Error(
        `RabbitMQ's management API does not answer at ${user.url}: set MANAGEMENT_URL to the address where it does.`,
        { cause },
      )
    if (cause.status !== 401 && cause.status !== 403) throw cause
    throw new Error(
      `the user ${user.user} of AMQP_URL may not administer the broker at ${user.url}: it needs the tag administrator.`,
      { cause },
    )
  }
}
