import type { Server } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import pg from 'pg'
import type { Handler, Submit, World } from '../handler.ts'
import { createLog } from '../observe/log.ts'
import { gracePeriod, prefetch } from '../manifest/limits.ts'
import type { Manifest } from '../manifest/schema.ts'
import { createMetrics } from '../observe/metrics.ts'
import type { Db } from '../on.ts'
import { createConsumer, type Consumer } from '../broker/consumer.ts'
import { openPublisher, type Publisher } from '../broker/publisher.ts'
import { openDatabase, type Database } from '../database/connection.ts'
import { dbOf } from '../database/db.ts'
import { DatabaseLost, isConnectionLost } from '../database/lost.ts'
import { createHandling, type Handling } from '../delivery/handling.ts'
import { probePause } from '../time/back-off.ts'
import { queueNames } from '../topology/queues.ts'
import { closeServer, serveHttp } from './http-server.ts'
import { readManifest } from './manifest-file.ts'
import { serveProbes } from './probes.ts'
import { endWith, Misconfigured, readSettings } from './settings.ts'
import { checkRows, hasCall, subscribed } from './subscribed.ts'

/**
 * Runs a handler from the start of its process until it has shut down.
 *
 * Exit codes: 0 after SIGTERM, SIGINT or the loss of its parent, when all its deliveries are settled; 78 with one line on
 * standard error when its configuration is wrong; 1 when it could not shut down within its grace period.
 *
 * @param folder the folder with the handler's `handler.json`
 */
export async function run(definition: Handler, folder: string): Promise<void> {
  let leave: (reason: string) => Promise<unknown> = async () => undefined
  let leaving = false
  try {
    const manifest = readManifest(folder)
    const shutDown = (reason: string) => {
      if (leaving) process.exit(1)
      leaving = true
      setTimeout(() => process.exit(1), gracePeriod(manifest) - 5_000).unref()
      void leave(reason).then(() => process.exit(0))
    }
    process.on('SIGTERM', () => shutDown('SIGTERM'))
    process.on('SIGINT', () => shutDown('SIGINT'))
    process.on('disconnect', () => shutDown('the parent is gone'))
    leave = await start(definition, manifest)
  } catch (error) {
    endWith(error)
  }
}

/** @returns a function that stops the handler: it settles all deliveries, then closes everything */
async function start(definition: Handler, manifest: Manifest): Promise<(reason: string) => Promise<void>> {
  const settings = readSettings(process.env, manifest)
  const log = createLog(manifest.name, settings.logLevel)
  const identity = { name: manifest.name, user: settings.user, version: settings.version }

  const database =
    settings.databaseUrl === undefined ? undefined : openDatabase(settings.databaseUrl, manifest.name, log)
  const pool =
    settings.databaseUrl === undefined || !definition.serve ? undefined : openPool(settings.databaseUrl, manifest.name)
  const world: World = {
    env: settings.env,
    read: reader(manifest, pool),
    submit: submitter(manifest, () => handling),
    log,
  }
  const ports = configured(manifest, () => definition.ports(world))
  const subscriptions = subscribed(definition, manifest, ports)

  const publisher = openPublisher(settings.amqpUrl, `${manifest.name} publishes`, log)
  const listens = manifest.handles.length + manifest.subscribes.length > 0
  const [queue = ''] = queueNames(manifest, 'work')
  const consumer = listens
    ? createConsumer(settings.amqpUrl, `${manifest.name} consumes`, {
        queue,
        prefetch: prefetch(manifest, hasCall(subscriptions)),
        log,
      })
    : undefined
  const metrics = createMetrics(manifest, settings.version, {
    inFlight: () => handling.inFlight,
    blocked: () => publisher.blocked,
  })
  const handling: Handling = createHandling({
    manifest,
    identity,
    subscriptions: new Map(subscriptions.map((subscription) => [subscription.contract.type, subscription])),
    ownRowsOnly: definition.ownRowsOnly,
    consumer,
    publisher,
    database,
    metrics,
    log,
  })
  const probes = await serveProbes(settings.metricsPort, metrics.registry, () =>
    readiness(handling, publisher, consumer),
  )
  log.info({ port: probes.port }, 'listening')
  process.send?.({ metricsPort: probes.port })

  if (database) await checkRows(subscriptions, async () => dbOf(await reached(database, log)))
  await publisher.ready
  consumer?.open((delivery) => handling.take(delivery))
  await consumer?.ready
  let http: Server | undefined
  if (definition.serve && settings.httpPort !== undefined)
    http = await serveHttp(definition.serve(ports, world), settings.httpPort)
  log.info({ version: identity.version }, 'ready')
  process.send?.({ ready: true, metricsPort: probes.port })

  return async (reason) => {
    log.info({ reason }, 'leaving')
    if (http) await closeServer(http)
    await consumer?.cancel()
    await handling.stop()
    await Promise.all([consumer?.close(), publisher.close(), database?.close(), pool?.end()])
    log.info('left')
  }
}

/** A process is ready when it consumes and the broker accepts its messages. */
function readiness(handling: Handling, publisher: Publisher, consumer: Consumer | undefined) {
  const blocked = publisher.blocked.map(({ exchange, what, fate }) => `${what} to ${exchange}: ${fate}`)
  return {
    ready: publisher.connected && blocked.length === 0 && (!consumer || consumer.subscribed),
    ...(handling.paused !== undefined && { paused: handling.paused }),
    ...(blocked.length > 0 && { blocked }),
  }
}

/** Creates the handler's ports: an error in them counts as wrong configuration, like a wrong setting of the runtime. */
function configured<Ports>({ name }: Manifest, ports: () => Ports): Ports {
  try {
    return ports()
  } catch (error) {
    if (error instanceof Misconfigured) throw error
    throw new Misconfigured(`${name}: ${error instanceof Error ? error.message : String(error)}`)
  }
}

/** Waits for a database that is down instead of failing. */
async function reached(database: Database, log: Logger): Promise<pg.Client> {
  for (;;) {
    try {
      return await database.client()
    } catch (error) {
      log.warn({ reason: String(error) }, 'waiting for the database')
      await sleep(probePause())
    }
  }
}

function openPool(url: string, name: string): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    application_name: `${name} reads`,
    max: 4,
    connectionTimeoutMillis: 5_000,
    statement_timeout: 10_000,
  })
  // A lost idle connection is replaced by the next query; without a listener it would end the process.
  pool.on('error', () => undefined)
  return pool
}

function reader(manifest: Manifest, pool: pg.Pool | undefined): Db['query'] {
  return async (text, values = []) => {
    if (!pool) throw new Misconfigured(`${manifest.name}: world.read needs database: true and http in handler.yaml`)
    try {
      const { rows, rowCount } = await pool.query(text, values as unknown[])
      return { rows: rows as never[], rowCount: rowCount ?? 0 }
    } catch (error) {
      throw isConnectionLost(error as Error) ? new DatabaseLost(error) : error
    }
  }
}

function submitter({ name, database }: Manifest, handling: () => Handling): Submit {
  return async (work, { correlationId }) => {
    if (!database) throw new Misconfigured(`${name}: world.submit needs database: true in handler.yaml`)
    const { value, confirmed } = await handling().submit(work, correlationId)
    return { value: value as never, confirmed }
  }
}
