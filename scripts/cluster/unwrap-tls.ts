import { createServer, type AddressInfo, type Socket } from 'node:net'
import { pipeline } from 'node:stream'
import { connect } from 'node:tls'

/** The identity of a TLS server. */
export interface Identity {
  /** The name that its certificate must hold. */
  readonly servername: string
  /** The certificate of its authority; Node.js's own list of authorities by default. */
  readonly ca: string | undefined
}

/** A local port that takes connections without TLS. */
interface Unwrapped {
  readonly port: number
  close(): void
}

/**
 * Takes connections without TLS on a local port and forwards each to a TLS port: a certificate of the cluster does not name this
 * machine, so no program here could verify it by itself.
 *
 * @param port of the TLS server on this machine
 */
export async function unwrapTls(port: number, identity: Identity): Promise<Unwrapped> {
  const open = new Set<Socket>()
  // A client that has closed its side still gets the answer.
  const server = createServer({ allowHalfOpen: true }, (plain) => {
    open.add(plain)
    plain.once('close', () => open.delete(plain))
    const encrypted = connect({ port, host: '127.0.0.1', ...identity })
    // The client notices a failure by the end of its connection.
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

/** What is wrong with the TLS server of a port; `undefined` when its certificate is valid for the identity. */
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
