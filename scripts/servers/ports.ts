import { randomInt } from 'node:crypto'
import { createServer, type Server } from 'node:net'

/**
 * Below the range of outgoing connections: such a connection, even a client's attempt to reach the server, could take the port of a
 * stopped server.
 */
const [lowest, highest] = [10_000, 30_000]

/** Distinct TCP ports that are free on loopback. */
export async function freePorts(count: number): Promise<number[]> {
  const held = new Map<number, Server>()
  while (held.size < count) {
    const port = randomInt(lowest, highest)
    const server = await listen(port)
    if (server) held.set(port, server)
  }
  await Promise.all([...held.values()].map((server) => new Promise((closed) => server.close(closed))))
  return [...held.keys()]
}

function listen(port: number): Promise<Server | undefined> {
  const server = createServer()
  return new Promise((done) => {
    server.once('error', () => done(undefined)).listen(port, '127.0.0.1', () => done(server))
  })
}
