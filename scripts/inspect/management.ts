/** The address of RabbitMQ's management API, and a user's credentials. */
export interface ManagementUser {
  /** Without user and password; with a path if the API is behind one. */
  readonly url: string
  readonly user: string
  readonly password: string
}

/** RabbitMQ responded, but refused the request. */
export class RefusedByBroker extends Error {
  readonly status: number
  /** The text of its response. */
  readonly reason: string

  constructor(sentence: string, status: number, reason: string) {
    super(sentence)
    this.name = 'RefusedByBroker'
    this.status = status
    this.reason = reason
  }
}

export interface ManagementRequest {
  readonly method?: 'GET' | 'PUT' | 'POST' | 'DELETE'
  /** Sent as JSON. */
  readonly body?: object | undefined
  /** Milliseconds; 30 s by default. */
  readonly within?: number
}

/**
 * Sends one request to RabbitMQ's management API.
 *
 * @param path behind `<url>/api/`, with its query
 * @returns the JSON of the response, or `undefined` if it is empty
 * @throws RefusedByBroker with the broker's own reason; an Error if it does not respond in time
 */
export async function askBroker<Answer = unknown>(
  { url, user, password }: ManagementUser,
  path: string,
  { method = 'GET', body, within = 30_000 }: ManagementRequest = {},
): Promise<Answer> {
  const response = await fetch(`${url.replace(/\/+$/, '')}/api/${path}`, {
    method,
    headers: {
      authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
      ...(body && { 'content-type': 'application/json' }),
    },
    ...(body && { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(within),
  }).catch((cause: unknown) => {
    throw new Error(`RabbitMQ's management API at ${url} does not answer`, { cause })
  })
  const text = await response.text()
  if (response.ok) return (text === '' ? undefined : JSON.parse(text)) as Answer
  throw new RefusedByBroker(
    `RabbitMQ's management API at ${url} answers ${response.status} to ${method} /api/${path}: ${text.slice(0, 500)}`,
    response.status,
    text,
  )
}
