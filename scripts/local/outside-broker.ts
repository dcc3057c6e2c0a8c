import type { Management } from '../inspect/queues.ts'

/** A RabbitMQ that runs already, here or elsewhere. */
export interface OutsideBroker {
  readonly version: string
  readonly vhost: string
  readonly managementUrl: string
  url(user: string, password: string): string
  /** What exists already is left or updated, never removed. */
  importDefinitions(definitions: object): Promise<void>
}

/**
 * Uses a broker that somebody else runs.
 *
 * @param amqpUrl of an administrator; its path names the virtual host, `warren` when it names none
 * @param managementUrl by default port 15672 of the same host
 * @throws a sentence when the management API does not answer or the user may not administer
 */
export async function outsideBroker(amqpUrl: string, managementUrl?: string): Promise<OutsideBroker> {
  const address = new URL(amqpUrl)
  const vhost = decodeURIComponent(address.pathname.slice(1)) || 'warren'
  const api = managementUrl ?? `http://${address.hostname}:15672`
  const admin = {
    user: decodeURIComponent(address.username || 'guest'),
    password: decodeURIComponent(address.password || 'guest'),
  }

  const { rabbitmq_version: version } = (await request({ url: api, ...admin }, 'GET', 'overview')) as {
    rabbitmq_version: string
  }
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
      await request({ url: api, ...admin }, 'POST', 'definitions', definitions)
    },
  }
}

async function request(api: Omit<Management, 'vhost'>, method: string, path: string, body?: object): Promise<unknown> {
  const response = await fetch(new URL(`/api/${path}`, api.url), {
    method,
    headers: {
      authorization: `Basic ${Buffer.from(`${api.user}:${api.password}`).toString('base64')}`,
      ...(body && { 'content-type': 'application/json' }),
    },
    ...(body && { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(30_000),
  }).catch((cause: unknown) => {
    throw new Error(`RabbitMQ's management API does not answer at ${api.url}: set MANAGEMENT_URL to where it does.`, {
      cause,
    })
  })
  const text = await response.text()
  if (response.ok) return text === '' ? undefined : (JSON.parse(text) as unknown)
  const mayNot = response.status === 401 || response.status === 403
  throw new Error(
    mayNot
      ? `the user ${api.user} of AMQP_URL may not administer the broker at ${api.url}: it needs the tag administrator.`
      : `RabbitMQ answered ${response.status} to ${method} /api/${path}: ${text.slice(0, 500)}`,
  )
}
