import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

/** A proxy to a local server whose connections can go dead: no data passes any more, and neither end is notified. */
export interface Link {
  /** The same URL, through this link. */
  via(url: string): string
  /** Makes existing connections dead; new connections work. */
  deaden(): void
  /** Ends existing connections; new connections work. */
  cut(): void
  close(): Promise<void>
}

/** @param port of the server */
export async function openLink(port: number): Promise<Link> {
  const sockets = new Set<Socket>()
  const server = createServer((near) => {
    const far = connect(port, '127.0.0.1')
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from)
      from.on('error', () => undefined).on('close', () => to.destroy())
      from.pipe(to)
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    via(url) {
      const changed = new URL(url)
      changed.hostname = '127.0.0.1'
      changed.port = String((server.address() as AddressInfo).port)
      return changed.href
    },
    deaden() {
      for (const socket of sockets) socket.unpipe().pause()
    },
    cut() {
      for (const socket of sockets) socket.destroy()
    },
    async close() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}
