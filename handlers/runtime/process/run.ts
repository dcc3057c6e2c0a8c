import type { Server } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import type pg from 'pg'
import type { Handler, Submit, World } from '../handler.ts'
import { createLog, logOutput } from '../observe/log.ts'
import { gracePeriod, prefetch } from '../manifest/limits.ts'
import { keepsOrder } from '../manifest/order.ts'
import type { Manifest } from '../manifest/schema.ts'
import { describe } from '../message/error-text.ts'
import { createMetrics } from '../observe/metrics.ts'
import { hearBroadcasts } from '../delivery/hear.ts'
import { createConsumer, type Consumer } from '../broker/consumer.ts'
import { createOrderedConsumer } from '../broker/ordered-consumer.ts'
import { openPublisher, type Publisher } from '../broker/publisher.ts'
import { openDatabase, type Database } from '../database/connection.ts'
import { dbOf } from '../database/db.ts'
import { createHandling, type Handling } from '../delivery/handling.ts'
import { PartitionShare } from '../delivery/partition-share.ts'
import { probePause } from '../time/back-off.ts'
import { queueNames } from '../topology/queues.ts'
import type { LoginTried } from '../settings/logins.ts'
import { closeServer, requireHttpPort, serveHttp } from './http-server.ts'
import { readManifest } from './manifest-file.ts'
import { serveProbes } from './probes.ts'
import { createQuestions, type Questions } from './questions.ts'
import { noReads, openReads, type Reads } from './reads.ts'
import { followLogins } from './refused-logins.ts'
import { SimulatedFailures } from './simulated-failures.ts'
import { endWith, Misconfigured, readSettings, type LoginRefused, type Settings } from './settings.ts'
import { byType, checkRows, hasCall, requireHandler, subscribed } from './subscribed.ts'

/**
 * Runs a handler from the start of its process until it has shut down.
 *
 * Exit codes: 0 after SIGTERM, SIGINT or the loss of its parent, when all its deliveries are settled; 78 with one line on
 * standard error when its configuration is wrong; 77 with one line when a server has refused its login for a minute, because only a
 * new process reads a changed password; 1 when it could not shut down within its grace period.
 *
 * @param folder the folder with the handler's `handler.json`
 */
export async function run(definition: Handler, folder: string): Promise<void> {
  let leave: (reason: string) => Promise<unknown> = async () => undefined
  let leaving = false
  let wasAsked = false
  try {
    const manifest = readManifest(folder)
    const shutDown = (reason: string, end: (inTime: boolean) => never) => {
      leaving = true
      setTimeout(() => end(false), gracePeriod(manifest) - 5_000).unref()
      void leave(reason).then(() => end(true))
    }
    const asked = (reason: string) => {
      // Asked twice, it ends at once.
      if (wasAsked) process.exit(1)
      wasAsked = true
      if (!leaving) shutDown(reason, (inTime) => process.exit(inTime ? 0 : 1))
    }
    const refused = (error: LoginRefused) => {
      if (!leaving) shutDown(error.message, () => endWith(error))
    }
    process.on('SIGTERM', () => asked('SIGTERM'))
    process.on('SIGINT', () => asked('SIGINT'))
    process.on('disconnect', () => asked('the parent is gone'))
    leave = await start(definition, manifest, refused)
  } catch (error) {
    endWith(error)
  }
}

/** @returns a function that stops the handler: it settles all deliveries, then closes everything */
async function start(
  definition: Handler,
  manifest: Manifest,
  refused: (error: LoginRefused) => void,
): Promise<(reason: string) => Promise<void>> {
  requireHandler(definition, manifest)
  const settings = readSettings(process.env, manifest)
  if (definition.serve && settings.httpPort !== undefined) await requireHttpPort(settings.httpPort, settings.address)
  const log = createLog(manifest.name, settings.logLevel, await logOutput())
  const identity = { name: manifest.name, user: settings.user, version: settings.version }

  const brokerLogins = followLogins(manifest.name, 'broker', settings.amqpUrl, refused)
  const simulated = settings.simulatedFailures ? new SimulatedFailures(manifest.name, log) : undefined
  const { database, reads } = openDatabases(settings, definition, manifest, log, refused, simulated)
  const world: World = {
    env: settings.env,
    read: reads?.query ?? noReads(manifest),
    submit: submitter(manifest, () => handling),
    ask: (question, data, options) => questions.ask(question, data, options),
    log,
  }
  const ports = configured(manifest, () => definition.ports(world))
  const own = subscribed(definition, manifest, ports)
  const subscriptions = simulated?.subscriptions(own) ?? own

  const publisher = openPublisher(settings.amqpUrl, `${manifest.name} publishes`, log, brokerLogins)
  const listens = manifest.handles.length + manifest.subscribes.length > 0 || manifest.records !== undefined
  const opening = { prefetch: prefetch(manifest, hasCall(subscriptions)), log, tried: brokerLogins }
  const inOrder = listens && keepsOrder(manifest) ? consumeInOrder(manifest, settings.amqpUrl, opening) : undefined
  const [queue = ''] = queueNames(manifest, 'work')
  const consumer =
    inOrder?.consumer ??
    (listens ? createConsumer(settings.amqpUrl, `${manifest.name} consumes`, { ...opening, queue }) : undefined)
  const heard = subscriptions.filter(({ hear }) => hear)
  const metrics = createMetrics(manifest, settings.version, {
    inFlight: () => handling.inFlight + questions.inFlight,
    blocked: () => publisher.blocked,
  })
  const questions: Questions = createQuestions({
    manifest,
    identity,
    url: settings.amqpUrl,
    subscriptions,
    publisher,
    read: world.read,
    metrics,
    log,
    tried: brokerLogins,
  })
  const handling: Handling = createHandling({
    manifest,
    identity,
    subscriptions: byType(subscriptions.filter(({ answer, hear }) => !answer && !hear)),
    ownRowsOnly: definition.ownRowsOnly,
    consumer,
    share: inOrder?.share,
    publisher,
    database,
    askFor: questions.askFor,
    metrics,
    log,
  })
  const probes = await serveProbes({ port: settings.metricsPort, address: settings.address }, metrics.registry, () =>
    readiness(handling, publisher, consumer, questions),
  )
  log.info({ port: probes.port }, 'listening')
  process.send?.({ metricsPort: probes.port })

  if (database) await checkRows(subscriptions, async () => dbOf(await reached(database, log)))
  if (database) await inOrder?.share?.look(await reached(database, log))
  const broadcasts =
    heard.length > 0
      ? hearBroadcasts(settings.amqpUrl, manifest, byType(heard), { metrics, log, tried: brokerLogins })
      : undefined
  await publisher.ready
  await broadcasts?.ready
  simulated?.ready()
  // Before messages come whose calls may ask.
  await questions.open()
  consumer?.open((delivery) => handling.take(delivery))
  await consumer?.ready
  let http: Server | undefined
  if (definition.serve && settings.httpPort !== undefined)
    http = await serveHttp(definition.serve(ports, world), settings.httpPort, settings.address)
  log.info({ version: identity.version }, 'ready')
  process.send?.({ ready: true, metricsPort: probes.port })

  return async (reason) => {
    log.info({ reason }, 'leaving')
    if (http) await closeServer(http)
    await Promise.all([questions.stop(), consumer?.cancel()])
    await handling.stop()
    await Promise.all([
      ...[broadcasts?.close(), questions.close()],
      ...[consumer?.close(), publisher.close(), database?.close(), reads?.end()],
    ])
    log.info('left')
  }
}

/** A process is ready when it consumes and the broker accepts its messages. */
function readiness(handling: Handling, publisher: Publisher, consumer: Consumer | undefined, questions: Questions) {
  const blocked = publisher.blocked.map(({ exchange, what, fate }) => `${what} to ${exchange}: ${fate}`)
  return {
    ready: publisher.connected && blocked.length === 0 && (!consumer || consumer.subscribed) && questions.subscribed,
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

/** The connection for messages, and those for reads outside of messages if the handler serves HTTP or answers questions. Nothing connects yet. */
function openDatabases(
  { databaseUrl: url }: Settings,
  { serve }: Handler,
  manifest: Manifest,
  log: Logger,
  refused: (error: LoginRefused) => void,
  simulated: SimulatedFailures | undefined,
): { database?: Database; reads?: Reads } {
  if (url === undefined) return {}
  const logins = followLogins(manifest.name, 'database', url, refused)
  const database = openDatabase(url, manifest.name, log, logins)
  const reads = (serve ?? manifest.answers.length > 0) ? openReads(url, manifest, logins) : undefined
  return {
    database: simulated?.database(database) ?? database,
    ...(reads && { reads: simulated?.reads(reads) ?? reads }),
  }
}

/** The consumer of a handler that keeps an order and, with partitions, the share of their queues that it consumes. */
function consumeInOrder(
  manifest: Manifest,
  url: string,
  opening: { readonly prefetch: number; readonly log: Logger; readonly tried: LoginTried },
) {
  const names = queueNames(manifest, 'work')
  const queues = manifest.partitions === undefined ? names : []
  const consumer = createOrderedConsumer(url, `${manifest.name} consumes`, { ...opening, queues })
  return { consumer, share: manifest.partitions === undefined ? undefined : new PartitionShare(names, consumer.share) }
}

/** Waits for a database that is down instead of failing. */
async function reached(database: Database, log: Logger): Promise<pg.Client> {
  for (;;) {
    try {
      return await database.client()
    } catch (error) {
      log.warn({ reason: describe(error) }, 'waiting for the database')
      await sleep(probePause())
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
