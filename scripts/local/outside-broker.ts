import { addressOf } from '#runtime/settings/address.ts'
import type { Definitions } from '#runtime/topology/index.ts'
import { refuseForeignUsers } from './foreign-users.ts'
import { askBroker, RefusedByBroker, type ManagementRequest, type ManagementUser } from '../inspect/management.ts'

/** A RabbitMQ broker that the system uses. */
export interface OutsideBroker {
  readonly version: string
  readonly vhost: string
  readonly managementUrl: string
  url(user: string, password: string): string
  /**
   * Creates or updates objects; it removes none.
   *
   * @throws an error with the ways out if these users belong to another system on the same broker
   */
  importDefinitions(definitions: Pick<Definitions, 'users'>): Promise<void>
}

/**
 * Connects to a broker that this program did not start.
 *
 * @param amqpUrl of an administrator; its path is the virtual host, by default `warren`
 * @param managementUrl by default port 15672 of the same host; its user and password, if it has any, replace those of `amqpUrl`
 * @throws an error with the remedy if the management API does not respond or does not accept the user as an administrator
 */
export async function outsideBroker(amqpUrl: string, managementUrl?: string): Promise<OutsideBroker> {
  const address = new URL(amqpUrl)
  const vhost = addressOf(amqpUrl).path || 'warren'
  const admin = administrator(amqpUrl, managementUrl ?? `http://${address.hostname}:15672`)

  const { rabbitmq_version: version } = await request<{ rabbitmq_version: string }>(admin, 'overview')
  return {
    version,
    vhost,
    managementUrl: admin.url,
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

interface Administrator extends ManagementUser {
  /** The variable that names the user. */
  readonly variable: string
}

function administrator(amqpUrl: string, managementUrl: string): Administrator {
  const { protocol, host, pathname } = new URL(managementUrl)
  const url = `${protocol}//${host}${pathname.replace(/\/+$/, '')}`
  const own = addressOf(managementUrl)
  const [{ user, password }, variable] = own.user === '' ? [addressOf(amqpUrl), 'AMQP_URL'] : [own, 'MANAGEMENT_URL']
  return { url, variable, ...(user === '' ? { user: 'guest', password: 'guest' } : { user, password }) }
}

/** @throws an error that names the environment variable to change */
async function request<Answer>(admin: Administrator, path: string, sent?: ManagementRequest): Promise<Answer> {
  try {
    return await askBroker<Answer>(admin, path, sent)
  } catch (cause) {
    throw new Error(refusal(admin, cause), { cause })
  }
}

function refusal({ url, user, variable }: Administrator, cause: unknown): string {
  if (!(cause instanceof RefusedByBroker) || cause.status === 404)
    return `RabbitMQ's management API does not respond at ${url}: set MANAGEMENT_URL to its address.`
  // The broker answers 401 to both: a user that it does not know by this password, and one that lacks a tag.
  if (cause.status === 401 && !/Not \w+ user/.test(cause.reason))
    return `the broker at ${url} refuses the login of ${user}: correct the password in ${variable}, or the user.`
  if (cause.status === 401 || cause.status === 403)
    return `the user ${user} of ${variable} may not administer the broker at ${url}: it needs the tag administrator.`
  return cause.message
}
