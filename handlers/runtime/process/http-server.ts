import { setTimeout as sleep } from 'node:timers/promises'
import { createServer, type RequestListener, type Server } from 'node:http'
import { listen } from './probes.ts'

/** A server with the limits that a public port needs: slow, endless or oversized requests are ended. */
export async function serveHttp(listener: RequestListener, port: number, address?: string): Promise<Server> {
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
  await listen(server, { port, address }, 'HTTP_PORT')
  return server
}

/** Throws an error that names the port if it cannot be opened, long before the handler is ready to serve on it. */
export async function requireHttpPort(port: number, address?: string): Promise<void> {
  const server = createServer()
  await listen(server, { port, address }, 'HTTP_PORT')
  await new Promise((closed) => server.close(closed))
}

/** Milliseconds for which a client that sends another request still gets a response, with the notice that the connection closes. */
const drainsFor = 1_000
const lookEvery = 50

/** Finishes requests in progress and, for a second, answers new ones on open connections, the last one on each; then closes. */
export async function closeServer(server: Server): Promise<void> {
  // A client that sends requests without a pause would otherwise keep its connection, and the server, open indefinitely.
  server.prependListener('request', (_, response) => response.setHeader('connection', 'close'))
  const end = performance.now() + drainsFor
  while ((await connections(server)) > 0 && performance.now() < end) await sleep(lookEvery)
  const look = setInterval(() => server.closeIdleConnections(), lookEvery)
  await new Promise<void>((resolve) => server.close(() => resolve()))
  clearInterval(look)
}

function connections(server: Server): Promise<number> {
  return new Promise((resolve) => server.getConnections((_, count) => resolve(count)))
}
