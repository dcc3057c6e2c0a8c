import { join } from 'node:path'
import type { Manifest } from '#runtime/manifest/index.ts'
import { migrate } from '#runtime/database/migrate.ts'
import { definitions } from '#runtime/topology/index.ts'
import { runtimeFile } from '../own-files.ts'
import { startBroker } from '../servers/broker.ts'
import { connectDatabase, startDatabase, type Database } from '../servers/database.ts'
import type { Restartable } from '../servers/supervise.ts'
import { outsideBroker, type OutsideBroker } from './outside-broker.ts'
import type { StartOptions } from './start-command.ts'
import { together } from './teardown.ts'

/** What a private server needs of the system around it. */
interface Owner {
  /** Supervises a server that has started, and stops it with the system. */
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

/** Enough for every replica of every handler at once, for polling the timers, and for commands that inspect the system. */
function connectionsFor(manifests: readonly Manifest[]): number {
  const perReplica = ({ http }: Manifest) => (http === undefined ? 1 : 5)
  const ofHandlers = manifests
    .filter(({ database }) => database)
    .map((manifest) => manifest.scale.max * perReplica(manifest) + 1)
  return ofHandlers.reduce((sum, connections) => sum + connections, 0) + 50
}
