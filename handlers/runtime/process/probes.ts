import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Registry } from 'prom-client'

/**
 * Answers `/live`, `/ready` and `/metrics` on a separate port. A process that answers is live: broker and database do not count, or
 * an outage of either would restart every pod.
 *
 * @param ready the body of `/ready`: status 200 when its `ready` is true, otherwise 503
 * @returns the server and the port it listens on
 */
export async function serveProbes(
  { port, address }: { port: number; address: string | undefined },
  registry: Registry,
  ready: () => { ready: boolean },
): Promise<{ server: Server; port: number }> {
  const server = createServer((request, response) => {
    const json = (status: number, body: object) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    if (request.method !== 'GET' && request.method !== 'HEAD') return json(405, { error: 'only GET is allowed' })
    switch (request.url) {
      case '/live':
        return json(200, { live: true })
      case '/ready': {
        const state = ready()
        return json(state.ready ? 200 : 503, state)
      }
      case '/metrics':
        return void registry
          .metrics()
          .then((text) => response.writeHead(200, { 'content-type': registry.contentType }).end(text))
      default:
        return json(404, { error: 'not found: this port serves /live, /ready and /metrics' })
    }
  })
  await listen(server, { port, address }, 'METRICS_PORT')
  return { server, port: (server.address() as AddressInfo).port }
}

/**
 * Listens on a port.
 *
 * @param address of one network interface; by default on all of them, as pods must
 * @param variable names the port in the error when it is taken, or when this account may not use it
 */
export async function listen(
  server: Server,
  { port, address }: { port: number; address?: string | undefined },
  variable: string,
): Promise<void> {
  const reasons: Readonly<Record<string, string>> = {
    EADDRINUSE: `${variable} ${port} is taken by another process: choose another one`,
    EACCES: `${variable} ${port} may not be used by this account: choose one from 1024 up`,
  }
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const reason = reasons[error.code ?? '']
      reject(reason === undefined ? error : new Error(reason, { cause: error }))
    })
    server.listen({ port, host: address }, resolve)
  })
}
