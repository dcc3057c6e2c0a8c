import { spawn, type ChildProcess } from 'node:child_process'
import { connect } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { freePorts } from '../local/ports.ts'
import { howToGet } from './tools.ts'

/** A port of this machine that leads to a Service in the cluster. */
export interface Forward {
  readonly port: number
  close(): Promise<void>
}

/**
 * The first words of a conversation that the server of a port answers; HTTP's on all others, and SMTP speaks first. They must be
 * right: when a server breaks off a connection, kubectl gives up all that it forwards.
 */
const greetings: Readonly<Record<number, string>> = {
  5432: '\x00\x00\x00\x08\x04\xd2\x16\x2f', // PostgreSQL's SSLRequest
  5672: 'AMQP\x00\x00\x09\x01',
}
const httpGreeting = 'GET / HTTP/1.0\r\n\r\n'

/**
 * Leads a local port to a Service by `kubectl port-forward`, and again whenever that ends because the pod behind it has gone.
 * Resolves when a server has answered through it.
 *
 * @param port of the Service
 * @param localPort any free one by default
 * @param within milliseconds
 * @throws a sentence with what kubectl said, when no server answers in time
 */
export async function forward(
  namespace: string,
  service: string,
  port: number,
  { localPort, within = 60_000 }: { localPort?: number; within?: number } = {},
): Promise<Forward> {
  const [local = 0] = localPort === undefined ? await freePorts(1) : [localPort]
  const kubectl = keepRunning(['port-forward', '--namespace', namespace, `service/${service}`, `${local}:${port}`])
  const opened: Forward = { port: local, close: kubectl.close }
  const deadline = Date.now() + within
  while (!(await answers(local, greetings[port] ?? httpGreeting))) {
    if (kubectl.missing() || Date.now() > deadline) {
      await kubectl.close()
      const why = kubectl.missing() ? `kubectl is not on PATH: ${howToGet('kubectl')}` : kubectl.said()
      throw new Error(`Service ${service} of namespace ${namespace} cannot be reached on port ${port}: ${why}`)
    }
    await pause(100)
  }
  return opened
}

/** What runs now: nothing of it may outlive this process. */
const running = new Set<ChildProcess>()
process.on('exit', () => running.forEach((child) => child.kill()))

/** Starts kubectl, and again when it ends, until it is told to stop. */
function keepRunning(args: readonly string[]) {
  let child: ChildProcess
  let closed = false
  let missing = false
  let said = 'nothing answers'
  let ended: Promise<unknown>

  const start = () => {
    const started = spawn('kubectl', args, { env: process.env, stdio: ['ignore', 'ignore', 'pipe'] })
    child = started
    running.add(started)
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (said = text.trim().split('\n').at(-1) || said))
    ended = new Promise<void>((resolve) => {
      started.once('error', () => {
        missing = true
        resolve()
      })
      started.once('exit', () => resolve())
    }).finally(() => running.delete(started))
    // While no pod is ready kubectl ends at once: the rest between two tries keeps the API server from being flooded.
    void ended.then(() => pause(200)).then(() => !closed && !missing && start())
  }
  start()

  return {
    missing: () => missing,
    said: () => said,
    async close() {
      closed = true
      child.kill()
      await ended
    },
  }
}

/** Whether a server, and not only kubectl, is at the other end. */
function answers(port: number, greeting: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(greeting, 'latin1'))
    const end = (answered: boolean) => {
      socket.destroy()
      resolve(answered)
    }
    socket.setTimeout(3_000, () => end(false))
    socket.once('data', () => end(true))
    socket.once('error', () => end(false))
    socket.once('close', () => end(false))
  })
}
