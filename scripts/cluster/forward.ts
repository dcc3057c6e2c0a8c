import { connect } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { freePorts } from '../servers/ports.ts'
import { ifFound, kubernetes } from './kubernetes.ts'
import { portForward } from './port-forward.ts'
import { unwrapTls, wrongWithTls, type Identity } from './unwrap-tls.ts'

/** A local port that leads to a Service in the cluster. */
export interface Forward {
  readonly port: number
  close(): Promise<void>
}

/**
 * The first bytes of a connection that the server of a port answers; all other ports get an HTTP request. They must be valid:
 * when a server resets a connection, kubectl ends all that it forwards.
 */
const greetings: Readonly<Record<number, string>> = {
  5432: '\x00\x00\x00\x08\x04\xd2\x16\x2f', // PostgreSQL's SSLRequest
  5672: 'AMQP\x00\x00\x09\x01',
}
const httpGreeting = 'GET / HTTP/1.0\r\n\r\n'

/**
 * Forwards a local port to a Service with `kubectl port-forward`, and to another pod whenever the one behind it leaves.
 * Resolves when a server has answered through it.
 *
 * @param port of the Service
 * @param localPort any free one by default
 * @param within milliseconds
 * @param identity of a TLS server: the local port, then any free one, takes connections without TLS
 * @throws a sentence with kubectl's error, or what is wrong with the server's certificate, when no server answers in time
 */
export async function forward(
  namespace: string,
  service: string,
  port: number,
  { localPort, within = 60_000, identity }: { localPort?: number; within?: number; identity?: Identity } = {},
): Promise<Forward> {
  const [local = 0] = localPort === undefined ? await freePorts(1) : [localPort]
  const ready = readyPods(namespace, service, port)
  let chosen: ReadyPod | undefined
  const kubectl = portForward(async () => {
    ;[chosen] = await ready()
    return chosen && ['--namespace', namespace, `pod/${chosen.name}`, `${local}:${chosen.port}`]
  })
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
  const looking = setInterval(() => {
    ready().then(
      (pods) => chosen && !pods.some(({ uid }) => uid === chosen?.uid) && kubectl.restart(),
      // An API server that does not answer is asked again.
      () => undefined,
    )
  }, interval)
  looking.unref()
  const unwrapped = identity && (await unwrapTls(local, identity))
  return {
    port: unwrapped?.port ?? local,
    async close() {
      unwrapped?.close()
      clearInterval(looking)
      await kubectl.close()
    },
  }
}

/** Milliseconds between two checks of the Service's pods. */
const interval = 1_000

interface ReadyPod {
  readonly name: string
  readonly uid: string
  readonly port: number
}

/**
 * Finds the pods that a Service sends connections to. Given only the Service, kubectl may choose a pod that is terminating,
 * keep it, and forward to nothing once it is gone.
 */
function readyPods(namespace: string, service: string, port: number): () => Promise<ReadyPod[]> {
  const { core, discovery } = kubernetes()
  /** The port's name, which Service and pods share; looked up once. */
  let portName: string | undefined
  return async () => {
    if (portName === undefined) {
      const found = await ifFound(core.readNamespacedService({ namespace, name: service }))
      const ofService = found?.spec?.ports?.find((each) => each.port === port)
      if (!ofService) throw new Error(`there is no Service ${service} with a port ${port}`)
      portName = ofService.name ?? ''
    }
    const labelSelector = `kubernetes.io/service-name=${service}`
    const { items } = await discovery.listNamespacedEndpointSlice({ namespace, labelSelector })
    return items.flatMap(({ endpoints, ports }) => {
      const target = ports?.find(({ name }) => (name ?? '') === portName)?.port
      if (target === undefined) return []
      return endpoints
        .filter(({ conditions, targetRef }) => conditions?.ready && targetRef?.kind === 'Pod')
        .map(({ targetRef }) => ({ name: targetRef?.name ?? '', uid: targetRef?.uid ?? '', port: target }))
    })
  }
}

/** Whether a server, and not only kubectl, answers. */
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
