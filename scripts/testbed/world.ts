import { randomBytes, randomUUID } from 'node:crypto'
import type { ChannelModel, ConfirmChannel } from 'amqplib'
import { buildHandlers } from '../build/bundles.ts'
import type { Broker } from '../servers/broker.ts'
import type { Database } from '../servers/database.ts'
import { freePorts } from '../servers/ports.ts'
import { logIn } from '#runtime/broker/login.ts'
import type { Message } from '#runtime/contract.ts'
import { outgoing, properties } from '#runtime/message/outgoing.ts'
import { migrate } from '#runtime/database/migrate.ts'
import { definitions, type TopologyOptions } from '#runtime/topology/index.ts'
import { spawnHandler, type HandlerProcess } from './handler-process.ts'
import { sharedServers } from './servers.ts'

export interface WorldOptions extends Pick<TopologyOptions, 'tiers' | 'partial'> {
  /** A private broker that the test may kill; the shared one by default. */
  readonly broker?: Broker
  /** A private database server that the test may kill; the shared one by default. */
  readonly database?: Database
}

/** A private environment for one test file: a virtual host with the topology of some handlers, and their migrated databases. */
export interface World {
  readonly vhost: string
  readonly broker: Broker
  readonly database: Database
  /** AMQP URL of a user: a handler's, `operator`, `monitor` or `admin`, who may do everything. */
  url(user: string): string
  /** The URL of a handler's database. */
  databaseUrl(handler: string): string
  /** The environment of this handler's process. */
  env(handler: string): Promise<Record<string, string>>
  /** Starts a process of this handler; `env` adds to its variables. */
  spawn(handler: string, env?: Readonly<Record<string, string>>): Promise<HandlerProcess>
  /** Upgrades a handler to the version in another folder of its name: its objects on the broker, and the bundle of later processes. */
  deploy(folder: string): Promise<void>
  /** A separate channel on this user's connection. It never crashes the test: errors surface in its calls and its `error` event. */
  channel(user: string): Promise<ConfirmChannel>
  /** Publishes a message as this user, waits for the confirm, and returns its id. */
  send(message: Message, options?: { as?: string; id?: string; correlationId?: string }): Promise<string>
  /** The exact number of messages waiting in a queue, without unacknowledged ones. */
  depth(queue: string): Promise<number>
  /** Stops every process that it started and deletes the virtual host and the databases. */
  close(): Promise<void>
}

/**
 * @param handlers names of folders under `handlers/`, or paths of handler folders elsewhere
 */
export async function createWorld(handlers: readonly string[], options: WorldOptions = {}): Promise<World> {
  const { broker, database } = {
    ...(options.broker && options.database ? undefined : sharedServers()),
    ...options,
  } as {
    broker: Broker
    database: Database
  }
  const vhost = `world-${randomBytes(4).toString('hex')}`
  const password = (user: string) => `${user}-of-the-tests`
  const databases = new Map<string, string>()
  const processes: HandlerProcess[] = []
  const connections = new Map<string, Promise<ChannelModel>>()

  const bundles = new Map((await buildHandlers(handlers)).map((bundle) => [bundle.name, bundle]))
  const bundle = (name: string) => {
    const found = bundles.get(name)
    if (!found) throw new Error(`${name} is not in this world: it has ${[...bundles.keys()].join(', ')}`)
    return found
  }

  const connectAs = async (user: string) => {
    const connection = await logIn(world.url(user))
    return connection.on('error', () => {}).on('close', () => connections.delete(user))
  }

  const world: World = {
    vhost,
    broker,
    database,
    url: (user) => broker.url(user, user === broker.admin.user ? broker.admin.password : password(user), vhost),
    databaseUrl(handler) {
      const url = databases.get(handler)
      if (!url) throw new Error(`${handler} has no database in this world`)
      return url
    },
    async env(handler) {
      const { manifest } = bundle(handler)
      return {
        AMQP_URL: world.url(handler),
        METRICS_PORT: '0',
        ...(manifest.database && { DATABASE_URL: world.databaseUrl(handler) }),
        ...(manifest.http !== undefined && { HTTP_PORT: String((await freePorts(1))[0]) }),
      }
    },
    async spawn(handler, env = {}) {
      const started = spawnHandler(bundle(handler).file, { ...(await world.env(handler)), ...env })
      processes.push(started)
      return started
    },
    async deploy(folder) {
      for (const bundle of await buildHandlers([folder])) bundles.set(bundle.name, bundle)
      await importTopology()
    },
    async channel(user) {
      const connection = connections.get(user) ?? connectAs(user)
      connections.set(user, connection)
      const channel = await (await connection).createConfirmChannel()
      return channel.on('error', () => {})
    },
    async send(message, { as = 'admin', id = randomUUID(), correlationId = randomUUID() } = {}) {
      const wire = outgoing(message, id, correlationId, {})
      const channel = await world.channel(as)
      channel.publish(wire.exchange, wire.key, Buffer.from(wire.body), properties(wire, as, as))
      await channel.waitForConfirms()
      await channel.close()
      return id
    },
    async depth(queue) {
      const channel = await world.channel(broker.admin.user)
      const { messageCount } = await channel.checkQueue(queue)
      await channel.close()
      return messageCount
    },
    async close() {
      await Promise.all(processes.map((process) => process.kill('SIGKILL')))
      await Promise.all([...connections.values()].map(async (opening) => (await opening).close()))
      await broker.request('DELETE', `vhosts/${vhost}`)
      await Promise.all([...databases.keys()].map((handler) => database.drop(`${vhost}-${handler}`)))
    },
  }

  const importTopology = () =>
    importAfterAnother(
      broker,
      definitions(
        [...bundles.values()].map(({ manifest }) => manifest),
        { vhost, passwords: password, partial: true, ...(options.tiers && { tiers: options.tiers }) },
      ),
    )
  await Promise.all([
    importTopology(),
    ...[...bundles.values()]
      .filter(({ manifest }) => manifest.database)
      .map(async ({ name, folder }) => {
        const url = await database.create(`${vhost}-${name}`)
        databases.set(name, url)
        await migrate(url, folder)
      }),
  ])
  await broker.request('PUT', `permissions/${vhost}/${broker.admin.user}`, { configure: '.*', write: '.*', read: '.*' })
  return world
}

/** Users are shared by all virtual hosts, so two worlds may create the same one at once; the second finds it already created. */
async function importAfterAnother(broker: Broker, objects: object): Promise<void> {
  await broker.importDefinitions(objects).catch((error: unknown) => {
    if (!String(error).includes('user_already_exists')) throw error
    return broker.importDefinitions(objects)
  })
}
