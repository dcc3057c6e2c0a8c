import { Agent, request as send } from 'node:http'

export interface Answer {
  /** Of HTTP, or why there was no answer: `timeout`, `ECONNRESET` and so on. */
  readonly status: number | string
  /** Seconds that the server asks the client to wait. */
  readonly retryAfter: number | undefined
  /** The body, if it is JSON. */
  readonly body: any
}

export interface Client {
  post(path: string, headers: Record<string, string>, body?: string): Promise<Answer>
  get(path: string): Promise<Answer>
  close(): void
}

const loopback = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/

/**
 * HTTP over keep-alive connections. A request never throws: a missing answer is a result too.
 *
 * @param connections at most
 * @param timeout milliseconds of silence after which a request is given up
 * @throws an error if the URL is of another machine, which must not be loaded
 */
export function client(url: string, { connections, timeout }: { connections: number; timeout: number }): Client {
  const { protocol, hostname, port } = new URL(url)
  if (protocol !== 'http:' || !loopback.test(hostname)) {
    throw new TypeError(`load: only a shop on this machine can be loaded, such as http://127.0.0.1:3000 (got ${url})`)
  }
  const agent = new Agent({ keepAlive: true, maxSockets: connections })
  const target = { agent, hostname: hostname.replace(/^\[|\]$/g, ''), port: port || 80, timeout }

  const ask = (method: string, path: string, headers: Record<string, string>, body = '') =>
    new Promise<Answer>((resolve) => {
      const failed = (error: NodeJS.ErrnoException) =>
        resolve({ status: error.code ?? error.message, retryAfter: undefined, body: undefined })
      const asked = send(
        { ...target, method, path, headers: { ...headers, 'content-length': Buffer.byteLength(body) } },
        (response) => {
          let text = ''
          response.setEncoding('utf8')
          response.on('data', (chunk: string) => (text += chunk))
          response.on('error', failed)
          response.on('end', () => {
            const { statusCode = 0, headers } = response
            resolve({ status: statusCode, retryAfter: Number(headers['retry-after']) || undefined, body: parsed(text) })
          })
        },
      )
      asked.on('timeout', () => asked.destroy(Object.assign(new Error('timeout'), { code: 'timeout' })))
      asked.on('error', failed)
      asked.end(body)
    })

  return {
    post: (path, headers, body) => ask('POST', path, headers, body),
    get: (path) => ask('GET', path, {}),
    close: () => agent.destroy(),
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
