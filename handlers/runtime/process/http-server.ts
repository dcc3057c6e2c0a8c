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

/** Answers what has begun, then closes. */
export async function closeServer(server: Server): Promise<void> {
  await new Promise<void>((resolve) => {
    server.close(() => resolve())
    server.closeIdleConnections()
  })
}
