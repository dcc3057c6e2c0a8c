import { createServer, type AddressInfo, type Socket } from 'node:net'
import { pipeline } from 'node:stream'
import { connect } from 'node:tls'

/** How a server is known that speaks TLS. */
export interface Identity {
  /** The name that its certificate must hold. */
  readonly servername: string
  /** The certificate of the authority that signs it; those that everybody trusts when undefined. */
  readonly ca: string | undefined
}

/** A port of this machine where plain words are heard. */
export interface Unwrapped {
  readonly port: number
  close(): void
}

/**
 * Takes plain connections on a port of this machine and leads each to another one in TLS: a certificate of the cluster does not name
 * this machine, so no program here could check it by itself.
 *
 * @param port where TLS is spoken
 */
export async function unwrapTls(port: number, identity: Identity): Promise<Unwrapped> {
  const open = new Set<Socket>()
  // Who has said all still gets the answer.
  const server = createServer({ allowHalfOpen: true }, (plain) => {
    open.add(plain)
    plain.once('close', () => open.delete(plain))
    const encrypted = connect({ port, host: '127.0.0.1', ...identity })
    // Who spoke plainly hears of a failure by the end of its connection.
    pipeline(plain, encrypted, plain, () => {})
  })
  await new Promise<void>((listening, failed) => {
    server.once('error', failed)
    server.listen(0, '127.0.0.1', listening)
  })
  return {
    port: (server.address() as AddressInfo).port,
    close() {
      server.close()
      for (const socket of open) socket.destroy()
    },
  }
}

/** Whether the server of a port speaks TLS and is the one it should be: what is wrong, if it does not. */
export function wrongWithTls(port: number, identity: Identity): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', ...identity }, () => end(undefined))
    const end = (wrong: string | undefined) => {
      socket.destroy()
      resolve(wrong)
    }
    socket.setTimeout(3_000, () => end('nothing answers'))
    socket.once('error', ({ message }) => end(message))
    socket.once('close', () => end('nothing answers'))
  })
}
