import { loadManifests, type Manifest } from '#runtime/manifest/index.ts'
import { createTeardown, together } from '../local/teardown.ts'
import { forgetSystem, writeSystem, type ReachableHandler, type System } from '../inspect/system.ts'
import { forward } from './forward.ts'
import { brokerIdentity, ifFound, kubernetes, secret, type Kubernetes } from './kubernetes.ts'
import type { Identity } from './unwrap-tls.ts'

/** A system in the cluster, reachable from this machine. */
interface ConnectedSystem {
  readonly system: System
  /** Ends the port-forwards and removes `<data>/system.json`. */
  close(): Promise<void>
}

/**
 * Opens port-forwards to the system of a namespace: to its broker, to each handler that answers HTTP, and to its database server and
 * mail sink if it has them. Writes `<data>/system.json`, by which other commands find the system. Resolves when everything answers.
 *
 * @param port on this machine of the first handler with an entrance; any free one by default
 * @throws a sentence when the system is not installed, or a part of it does not answer
 */
export async function connectSystem({
  namespace,
  data,
  port,
}: {
  namespace: string
  data: string
  port?: number
}): Promise<ConnectedSystem> {
  const api = kubernetes()
  const manifests = loadManifests('handlers')
  const first = manifests.find(({ entrance }) => entrance)
  const teardown = createTeardown()
  const open = async (service: string, port: number, options: { localPort?: number; identity?: Identity } = {}) => {
    const opened = await forward(namespace, service, port, options)
    teardown.add({ stop: opened.close })
    return opened.port
  }
  const openIfThere = async (service: string, port: number, options: { localPort?: number } = {}) =>
    (await ifFound(api.core.readNamespacedService({ namespace, name: service }))) && open(service, port, options)
  try {
    const [operator, vhost, identity] = await together([
      secret(api, namespace, 'operator-credentials'),
      vhostOf(api, namespace),
      brokerIdentity(api, namespace),
    ])
    const openBroker = (plain: number, encrypted: number) =>
      identity ? open('rabbit', encrypted, { identity }) : open('rabbit', plain)
    const [amqp, management, postgres, mail] = await together([
      openBroker(5672, 5671),
      openBroker(15672, 15671),
      openIfThere('postgres', 5432),
      openIfThere('mail', 8025),
    ])
    const reach = async ({ name, http, database, env }: Manifest): Promise<[string, ReachableHandler]> => {
      const chosen = port !== undefined && name === first?.name ? { localPort: port } : {}
      const local = http === undefined ? undefined : await openIfThere(name, http, chosen)
      const { 'database-password': password } = await credentialsOf(api, namespace, name)
      return [
        name,
        {
          ...(local !== undefined && { url: `http://localhost:${local}` }),
          ...(database &&
            postgres !== undefined &&
            password !== undefined && {
              databaseUrl: `postgres://${credentials(name, password)}@localhost:${postgres}/${encodeURIComponent(name)}`,
            }),
          secrets: await secretsOf(api, namespace, { name, env }),
        },
      ]
    }
    const { username = '', password = '' } = operator
    const system: System = {
      amqpUrl: `amqp://${credentials(username, password)}@localhost:${amqp}/${encodeURIComponent(vhost)}`,
      managementUrl: `http://localhost:${management}`,
      handlers: Object.fromEntries(await together(manifests.map(reach))),
      ...(mail !== undefined && { mails: `http://localhost:${mail}` }),
    }
    teardown.add({ stop: () => forgetSystem(data) })
    writeSystem(system, data)
    return {
      system,
      async close() {
        await teardown.stopAll()
      },
    }
  } catch (error) {
    await teardown.stopAll()
    throw error
  }
}

/** The virtual host of the system of a namespace. Throws a sentence when there is none. */
export async function vhostOf({ custom }: Kubernetes, namespace: string): Promise<string> {
  const listed = (await ifFound(
    custom.listNamespacedCustomObject({ group: 'rabbitmq.com', version: 'v1beta1', namespace, plural: 'vhosts' }),
  )) as { items: { spec: { name: string } }[] } | undefined
  const name = listed?.items[0]?.spec.name
  if (name === undefined)
    throw new Error(`namespace ${namespace} has no Vhost: is the system installed there? npm run deploy`)
  return name
}

/** The values in the cluster of the variables that a `handler.yaml` leaves empty, as the handler reads them. */
export async function secretsOf(
  api: Kubernetes,
  namespace: string,
  { name, env }: Pick<Manifest, 'name' | 'env'>,
): Promise<Record<string, string>> {
  const values = await credentialsOf(api, namespace, name)
  const empty = Object.keys(env).filter((variable) => env[variable] === '')
  return Object.fromEntries(empty.flatMap((key) => (values[key] ? [[key, values[key].trim()]] : [])))
}

/** The Secret of an installed handler; empty for one that is not installed, or that has another Secret. */
async function credentialsOf(
  { core }: Kubernetes,
  namespace: string,
  handler: string,
): Promise<Record<string, string>> {
  const found = await ifFound(core.readNamespacedSecret({ namespace, name: `${handler}-credentials` }))
  const values = Object.entries(found?.data ?? {})
  return Object.fromEntries(values.map(([key, value]) => [key, Buffer.from(value, 'base64').toString('utf8')]))
}

function credentials(user: string, password: string): string {
  return `${encodeURIComponent(user)}:${encodeURIComponent(password)}`
}
