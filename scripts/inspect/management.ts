import { textOf } from './read-answer.ts'

/** Bytes of the longest answer that is read: the definitions of some ten thousand queues. */
const longestAnswer = 64 * 1024 * 1024

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
 * @throws RefusedByBroker with the broker's own reason; an Error if it does not respond, in full and in JSON, in time
 */
export async function askBroker<Answer = unknown>(
  { url, user, password }: ManagementUser,
  path: string,
  { method = 'GET', body, within = 30_000 }: ManagementRequest = {},
): Promise<Answer> {
  const api = `RabbitMQ's management API at ${url}`
  const silent = (cause: unknown) => {
    throw new Error(`${api} does not answer`, { cause })
  }
  const response = await fetch(`${url.replace(/\/+$/, '')}/api/${path}`, {
    method,
    headers: {
      authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
      ...(body && { 'content-type': 'application/json' }),
    },
    ...(body && { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(within),
  }).catch(silent)
  const text = await textOf(response, longestAnswer).catch(silent)
  if (response.ok) return (text === '' ? undefined : parsed(text, api)) as Answer
  throw new RefusedByBroker(
    `${api} answers ${response.status} to ${method} /api/${path}: ${text.slice(0, 500)}`,
    response.status,
    text,
  )
}

function parsed(text: string, api: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new Error(
      `${api} answers with something that is not JSON: is this its address? (${text.slice(0, 80).trim()})`,
    )
  }
}
