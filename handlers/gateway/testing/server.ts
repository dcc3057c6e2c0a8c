import type { Server } from 'node:http'
import { connect, type AddressInfo } from 'node:net'
import { issueToken, type Customer } from '#contracts'
import { closeServer, serveHttp } from 'warren/testing'
import { pino } from 'pino'
import { gateway, type Ports } from '../app.ts'
import { Maintenance } from '../maintenance.ts'

export const secret = 'a secret that only the tests use'
export const ada: Customer = { id: 'ada', email: 'ada@example.com' }
export const root: Customer = { id: 'root', email: 'root@example.com', admin: true }
export const bob: Customer = { id: 'bob', email: 'bob@example.com' }

export const anOrder = {
  lines: [{ sku: 'BOOK-1', quantity: 2 }],
  card: 'tok_visa',
  shipTo: { name: 'Ada Lovelace', street: '1 Engine Way', city: 'London', postalCode: 'W1', country: 'GB' },
}

/** Ports that fail the test: a refused request must neither store nor read anything. */
export const untouched: Pick<Ports, 'read' | 'submit' | 'ask'> = {
  read: () => Promise.reject(new Error('nothing may be read here')),
  submit: () => Promise.reject(new Error('nothing may be stored here')),
  ask: () => Promise.reject(new Error('nothing may be asked here')),
}

export interface TestServer {
  readonly url: string
  /** The log, one object per line. */
  readonly logged: Record<string, unknown>[]
  /** Sends raw bytes and returns the response up to the end of the connection. */
  raw(bytes: string, andThen?: (write: (more: string) => void) => void): Promise<string>
  close(): Promise<void>
}

/** The gateway behind a real HTTP server with the runtime's limits. */
export async function startServer(
  ports: Partial<Ports> = {},
  { rateLimit = 1_000_000, adminRoutes = false, maintenance = new Maintenance() } = {},
): Promise<TestServer> {
  const logged: Record<string, unknown>[] = []
  const log = pino({ level: 'info' }, { write: (line: string) => void logged.push(JSON.parse(line)) })
  const server: Server = await serveHttp(
    gateway({ secret, rateLimit, adminRoutes, maintenance }, { ...untouched, log, ...ports }),
    0,
  )
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    logged,
    raw: (bytes, andThen) =>
      new Promise((resolve, reject) => {
        let received = ''
        const socket = connect(port, '127.0.0.1', () => {
          socket.write(bytes)
          andThen?.((more) => socket.writable && socket.write(more))
        })
        socket.on('data', (data) => (received += data.toString('latin1')))
        socket.on('close', () => resolve(received))
        // Writing after the server has closed causes a reset; the response has already been read.
        socket.on('error', (error) => (received ? undefined : reject(error)))
      }),
    close: () => {
      server.closeAllConnections()
      return closeServer(server)
    },
  }
}

/** The headers of a signed-in customer. */
export async function signedIn(customer: Customer = ada): Promise<Record<string, string>> {
  return { authorization: `Bearer ${await issueToken(secret, customer)}` }
}

/** Posts an order as a signed-in customer; every header can be overridden. */
export async function post(
  url: string,
  body: unknown = anOrder,
  headers: Record<string, string> = {},
  customer: Customer = ada,
): Promise<Response> {
  return fetch(`${url}/api/orders`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'idempotency-key': 'a key',
      ...(await signedIn(customer)),
      ...headers,
    },
    body: typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body),
  })
}

/** The body of an error response. */
export async function problem(
  response: Response | Promise<Response>,
): Promise<{ status: number; title: string; detail: string }> {
  const answer = await response
  expect(answer.headers.get('content-type')).toBe('application/problem+json')
  const body = (await answer.json()) as { status: number; title: string; detail: string }
  expect(body.status).toBe(answer.status)
  return body
}
