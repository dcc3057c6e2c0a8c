import { loadManifests, type Manifest } from '#runtime/manifest/index.ts'
import { createTeardown, together } from '../local/teardown.ts'
import { forgetShop, writeShop, type ReachableShop } from '../inspect/shop.ts'
import { forward } from './forward.ts'
import { brokerIdentity, ifFound, kubernetes, secret, secretValue, type Kubernetes } from './kubernetes.ts'
import type { Identity } from './unwrap-tls.ts'

/** A shop in the cluster, reachable from this machine. */
interface ConnectedShop {
  readonly shop: ReachableShop
  /** Ends the port-forwards and removes `<data>/shop.json`. */
  close(): Promise<void>
}

/**
 * Opens port-forwards to the shop of a namespace, including its bank, mail sink and database server if it has them, and writes
 * `<data>/shop.json`, by which load, ledger and dead find the shop. Resolves when everything answers.
 *
 * @param gatewayPort any free one by default
 * @throws a sentence when a part of the shop is missing or does not answer
 */
export async function connectShop({
  namespace,
  data,
  gatewayPort,
}: {
  namespace: string
  data: string
  gatewayPort?: number
}): Promise<ConnectedShop> {
  const api = kubernetes()
  const manifests = loadManifests('handlers')
  const teardown = createTeardown()
  const open = async (service: string, port: number, options: { localPort?: number; identity?: Identity } = {}) => {
    const opened = await forward(namespace, service, port, options)
    teardown.add({ stop: opened.close })
    return opened.port
  }
  const openIfThere = async (service: string, port: number) =>
    (await ifFound(api.core.readNamespacedService({ namespace, name: service }))) && open(service, port)
  try {
    const [operator, authSecret, vhost, passwords, identity] = await together([
      secret(api, namespace, 'operator-credentials'),
      secretValue(api, namespace, 'gateway-credentials', 'AUTH_SECRET'),
      vhostOf(api, namespace),
      databasePasswords(api, namespace, manifests),
      brokerIdentity(api, namespace),
    ])
    const openBroker = (plain: number, encrypted: number) =>
      identity ? open('rabbit', encrypted, { identity }) : open('rabbit', plain)
    const [gateway, bank, amqp, management, postgres, mail] = await together([
      open('gateway', portOf(manifests, 'gateway'), gatewayPort === undefined ? {} : { localPort: gatewayPort }),
      openIfThere('bank', portOf(manifests, 'bank')),
      openBroker(5672, 5671),
      openBroker(15672, 15671),
      openIfThere('postgres', 5432),
      openIfThere('mail', 8025),
    ])
    const { username = '', password = '' } = operator
    const shop: ReachableShop = {
      gatewayUrl: `http://localhost:${gateway}`,
      // As the gateway reads it.
      authSecret: authSecret.trim(),
      amqpUrl: `amqp://${credentials(username, password)}@localhost:${amqp}/${encodeURIComponent(vhost)}`,
      managementUrl: `http://localhost:${management}`,
      databases: Object.fromEntries(
        (postgres === undefined ? [] : [...passwords]).map(([handler, word]) => [
          handler,
          `postgres://${credentials(handler, word)}@localhost:${postgres}/${encodeURIComponent(handler)}`,
        ]),
      ),
      ...(bank !== undefined && { bankUrl: `http://localhost:${bank}` }),
      ...(mail !== undefined && { mails: `http://localhost:${mail}` }),
    }
    teardown.add({ stop: () => forgetShop(data) })
    writeShop(shop, data)
    return {
      shop,
      async close() {
        await teardown.stopAll()
      },
    }
  } catch (error) {
    await teardown.stopAll()
    throw error
  }
}

/** The virtual host of the shop of a namespace. Throws a sentence when there is none. */
export async function vhostOf({ custom }: Kubernetes, namespace: string): Promise<string> {
  const listed = (await ifFound(
    custom.listNamespacedCustomObject({ group: 'rabbitmq.com', version: 'v1beta1', namespace, plural: 'vhosts' }),
  )) as { items: { spec: { name: string } }[] } | undefined
  const name = listed?.items[0]?.spec.name
  if (name === undefined)
    throw new Error(`namespace ${namespace} has no Vhost: is the shop installed there? npm run deploy`)
  return name
}

/** The database passwords of the installed handlers, by handler. */
async function databasePasswords(api: Kubernetes, namespace: string, manifests: readonly Manifest[]) {
  const found = await Promise.all(
    manifests
      .filter(({ database }) => database)
      .map(async ({ name }) => {
        const made = await ifFound(api.core.readNamespacedSecret({ namespace, name: `${name}-credentials` }))
        const password = made?.data?.['database-password']
        return password ? ([[name, Buffer.from(password, 'base64').toString('utf8')]] as const) : []
      }),
  )
  return new Map(found.flat())
}

function portOf(manifests: readonly Manifest[], handler: string): number {
  const port = manifests.find(({ name }) => name === handler)?.http
  if (port === undefined) throw new Error(`handlers/${handler}/handler.yaml has no http port to connect to`)
  return port
}

function credentials(user: string, password: string): string {
  return `${encodeURIComponent(user)}:${encodeURIComponent(password)}`
}
