import { join } from 'node:path'
import type { Manifest } from '#runtime/manifest/index.ts'
import { migrate } from '#runtime/database/migrate.ts'
import { definitions } from '#runtime/topology/index.ts'
import { runtimeFile } from '../own-files.ts'
import { startBroker } from '../servers/broker.ts'
import { connectDatabase, startDatabase, type Database } from '../servers/database.ts'
import { startMailSink } from '../servers/mail.ts'
import type { Restartable } from '../servers/supervise.ts'
import { outsideBroker, type OutsideBroker } from './outside-broker.ts'
import { requireFreePort } from '../servers/port-holder.ts'
import { freePorts } from '../servers/ports.ts'
import { calls } from './environment.ts'
import type { StartOptions } from './start-command.ts'
import { together, type Teardown } from './teardown.ts'

/** What a private server needs of the shop around it. */
interface Owner {
  /** Supervises a server that has started, and stops it with the shop. */
  readonly keep: (name: string, server: Restartable) => void
  /** Gives up the start. */
  readonly signal: AbortSignal
}

/** The broker of `AMQP_URL` or, without it, a private one. */
export async function openBroker(
  { amqpUrl, managementUrl, data }: StartOptions,
  { keep, signal }: Owner,
): Promise<OutsideBroker> {
  if (amqpUrl !== undefined) return outsideBroker(amqpUrl, managementUrl)

  const broker = await startBroker({ folder: join(data, 'broker'), signal })
  keep('RabbitMQ', broker)
  const vhost = 'warren'
  return {
    version: broker.version,
    vhost,
    managementUrl: `http://127.0.0.1:${broker.managementPort}`,
    url: (user, password) => broker.url(user, password, vhost),
    importDefinitions: (definitions) => broker.importDefinitions(definitions),
  }
}

/** Declares the queues, users and permissions of all handlers. Repeating it changes nothing. */
export async function declareTopology(
  broker: OutsideBroker,
  manifests: readonly Manifest[],
  passwords: (user: string) => string,
): Promise<OutsideBroker> {
  await broker.importDefinitions(definitions(manifests, { vhost: broker.vhost, passwords }))
  return broker
}

/** The database server of `DATABASE_URL` or, without it, a private one. */
export async function openDatabase(
  { databaseUrl, data }: StartOptions,
  manifests: readonly Manifest[],
  { keep, signal }: Owner,
): Promise<Database> {
  if (databaseUrl !== undefined) return connectDatabase(databaseUrl)

  const database = await startDatabase({
    folder: join(data, 'database'),
    maxConnections: connectionsFor(manifests),
    signal,
  })
  keep('PostgreSQL', database)
  return database
}

/** Creates a database and a role for each handler that needs one, and migrates it. Returns the URL of each handler's database. */
export async function migrateDatabases(
  server: Database,
  manifests: readonly Manifest[],
): Promise<Record<string, string>> {
  const made = manifests
    .filter(({ database }) => database)
    .map(async ({ name }) => {
      const url = await server.create(name)
      await migrate(url, join('handlers', name), { runtimeMigrations: runtimeFile('database/migrations') })
      return [name, url] as const
    })
  return Object.fromEntries(await together(made))
}

/**
 * The local address, as `host:port`, of each host that handlers call by name: the handlers that serve HTTP, and the mail server,
 * a sink that writes its mails to a folder.
 */
export async function openHosts(
  manifests: readonly Manifest[],
  { gatewayPort, mails }: { gatewayPort: number; mails: string },
  teardown: Teardown,
): Promise<Record<string, string>> {
  const sink = await startMailSink({ folder: mails })
  teardown.add(sink)
  // Handlers alone call these, so any port will do, and several shops can run on one machine.
  const called = new Set(manifests.flatMap(calls))
  const ports: Record<string, number> = { mail: sink.port }
  for (const { name, http } of manifests) {
    if (http === undefined) continue
    if (name === 'gateway') ports[name] = gatewayPort
    else if (called.has(name)) [ports[name] = 0] = await freePorts(1)
    else {
      await requireFreePort(http, `http in handlers/${name}/handler.yaml`, `http: ${http + 1}`)
      ports[name] = http
    }
  }
  return Object.fromEntries(Object.entries(ports).map(([name, port]) => [name, `127.0.0.1:${port}`]))
}

/** Enough for every replica of every handler at once, for polling the timers, and for commands that inspect the shop. */
function connectionsFor(manifests: readonly Manifest[]): number {
  const perReplica = ({ http }: Manifest) => (http === undefined ? 1 : 5)
  const ofHandlers = manifests
    .filter(({ database }) => database)
    .map((manifest) => manifest.scale.max * perReplica(manifest) + 1)
  return ofHandlers.reduce((sum, connections) => sum + connections, 0) + 50
}
