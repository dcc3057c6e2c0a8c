import { connect } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { freePorts } from '../local/ports.ts'
import { kubernetes } from './kubernetes.ts'
import { portForward, type PortForward } from './port-forward.ts'
import { unwrapTls, wrongWithTls, type Identity } from './unwrap-tls.ts'

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
 * Leads a local port to a Service by `kubectl port-forward`, and again whenever the pod behind it goes away.
 * Resolves when a server has answered through it.
 *
 * @param port of the Service
 * @param localPort any free one by default
 * @param within milliseconds
 * @param identity of a server that speaks TLS: programs here speak plainly to the local port, which is then any free one
 * @throws a sentence with what kubectl said, or what is wrong with the server's certificate, when no server answers in time
 */
export async function forward(
  namespace: string,
  service: string,
  port: number,
  { localPort, within = 60_000, identity }: { localPort?: number; within?: number; identity?: Identity } = {},
): Promise<Forward> {
  const [local = 0] = localPort === undefined ? await freePorts(1) : [localPort]
  const kubectl = portForward(['--namespace', namespace, `service/${service}`, `${local}:${port}`])
  const look = async () => {
    if (identity) return wrongWithTls(local, identity)
    return (await answers(local, greetings[port] ?? httpGreeting)) ? undefined : 'nothing answers'
  }
  const deadline = Date.now() + within
  for (let wrong = await look(); wrong !== undefined; wrong = await look()) {
    if (kubectl.missing() || Date.now() > deadline) {
      await kubectl.close()
      const why = identity ? `${wrong}; kubectl says: ${kubectl.said()}` : kubectl.said()
      throw new Error(`Service ${service} of namespace ${namespace} cannot be reached on port ${port}: ${why}`)
    }
    await pause(100)
  }
  const stop = followPods(namespace, service, kubectl)
  const unwrapped = identity && (await unwrapTls(local, identity))
  return {
    port: unwrapped?.port ?? local,
    async close() {
      unwrapped?.close()
      stop()
      await kubectl.close()
    },
  }
}

/** Milliseconds from one look at the Service's pods to the next. */
const interval = 1_000

/** kubectl keeps to the pod that it found first and notices only at the next connection, which then fails, that it has gone. */
function followPods(namespace: string, service: string, kubectl: PortForward): () => void {
  const { discovery } = kubernetes()
  const ready = async () => {
    const labelSelector = `kubernetes.io/service-name=${service}`
    const { items } = await discovery.listNamespacedEndpointSlice({ namespace, labelSelector })
    return items
      .flatMap(({ endpoints }) => endpoints ?? [])
      .filter(({ conditions }) => conditions?.ready)
      .map(({ targetRef }) => targetRef?.uid)
  }
  let known: (string | undefined)[] = []
  const look = () => {
    ready().then(
      (pods) => {
        if (known.some((pod) => !pods.includes(pod))) kubectl.restart()
        known = pods
      },
      // An API server that does not answer now is asked again.
      () => undefined,
    )
  }
  look()
  const looking = setInterval(look, interval)
  looking.unref()
  return () => clearInterval(looking)
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
