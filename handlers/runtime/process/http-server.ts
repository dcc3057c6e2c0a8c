import { setTimeout as sleep } from 'node:timers/promises'
import { createServer, type RequestListener, type Server } from 'node:http'
import { listen } from './probes.ts'

/** A server with the limits that a public port needs: slow, endless or oversized requests end by themselves. */
export async function serveHttp(listener: RequestListener, port: number): Promise<Server> {
  const server = createServer(
    {
      maxHeaderSize: 16 * 1024,
      headersTimeout: 10_000,
      requestTimeout: 30_000,
      keepAliveTimeout: 65_000,
      connectionsCheckingInterval: 5_000,
    },
    listener,
  )
  server.maxConnections = 10_000
  await listen(server, port)
  return server
}

/** Milliseconds in which a client that asks again hears of the end with its answer. */
const drainsFor = 1_000
const lookEvery = 50

/** Answers what has begun and, for a second, what still comes on open connections, the last answer on each; then closes. */
export async function closeServer(server: Server): Promise<void> {
  // A client that asks without a pause would otherwise keep its connection, and the server, for as long as it likes.
  server.prependListener('request', (_, response) => response.setHeader('connection', 'close'))
  const end = Date.now() + drainsFor
  while ((await connections(server)) > 0 && Date.now() < end) await sleep(lookEvery)
  const look = setInterval(() => server.closeIdleConnections(), lookEvery)
  await new Promise<void>((resolve) => server.close(() => resolve()))
  clearInterval(look)
}

function connections(server: Server): Promise<number> {
  return new Promise((resolve) => server.getConnections((_, count) => resolve(count)))
}
