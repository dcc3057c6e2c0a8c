import { relative } from 'node:path'
import { logIn } from '#runtime/broker/login.ts'
import { loadManifests, type Manifest } from '#runtime/manifest/index.ts'
import { redriverOf } from '#runtime/topology/index.ts'
import { buildHandlers, watchHandlers } from './build/bundles.ts'
import { startAutoscaler } from './local/autoscaler.ts'
import { openDataFolder } from './local/data-folder.ts'
import type { Database } from './servers/database.ts'
import { displayOn, drawsInPlace, type Display } from './cli/display.ts'
import { environment, secretsOf } from './local/environment.ts'
import { localHandler, renewHandlers, startMinimum, stopHandlers } from './local/handlers.ts'
import { watchLiveness } from './local/liveness.ts'
import type { OutsideBroker } from './local/outside-broker.ts'
import { describeVersion } from './servers/rabbitmq/versions.ts'
import { supervise, type Restartable, type Supervised } from './servers/supervise.ts'
import { createProgress } from './cli/progress.ts'
import { runCommand } from './cli/run.ts'
import { seconds } from './cli/units.ts'
import { newHandlers } from './local/new-handlers.ts'
import { openHosts } from './local/hosts.ts'
import { storeNextRuns } from './local/schedules.ts'
import { startRedrives } from './local/redrives.ts'
import { declareTopology, migrateDatabases, openBroker, openDatabase } from './local/servers.ts'
import { forgetSystem, writeSystem, type System } from './inspect/system.ts'
import { startCommand, startOptions, type StartOptions } from './local/start-command.ts'
import { tableLines, type Row } from './local/table.ts'
import { createTeardown, together, unlessStopped, type Teardown } from './local/teardown.ts'
import { describeNextRun, type ScheduledRun } from './inspect/schedules.ts'
import { timersOf } from './inspect/timers.ts'
import { watchTypes, type TypeCheck } from './local/type-check.ts'
import { createWarnings } from './local/warnings.ts'
import { welcome } from './local/welcome.ts'

await runCommand(startCommand, (values) => startAndStop(startOptions(values, process.env)))

async function startAndStop(options: StartOptions) {
  const display = displayOn(process, options, tableLines)
  const teardown = createTeardown()
  const stopping = new AbortController()
  stopOnSignals(stopping, teardown, display)
  try {
    const { broken } = await start(options, display, teardown, stopping.signal)
    await unlessStopped(stopping.signal, broken)
  } catch (error) {
    // Whatever fails because it was stopped is no failure.
    if (!stopping.signal.aborted) throw error
  } finally {
    for (const { message } of await teardown.stopAll()) display.say(message)
  }
  display.say('Stopped.')
}

/** Stops on the first signal; a second one stops the handlers before they finish their deliveries. */
function stopOnSignals(stopping: AbortController, teardown: Teardown, display: Display<Row>): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (stopping.signal.aborted) return teardown.hurry()
      display.say('Stopping: handlers finish their deliveries first. Press Ctrl-C again to stop immediately.')
      stopping.abort()
    })
  }
}

/**
 * Starts the whole system. `teardown` contains each part that has started, even if a later part fails.
 *
 * @returns `broken`, which rejects with a sentence when a server cannot be kept running
 * @throws soon after `signal`, which gives up the start
 */
async function start(options: StartOptions, display: Display<Row>, teardown: Teardown, signal: AbortSignal) {
  const { running, secret, mails, logs } = await openDataFolder(options.data, display.say, teardown, signal)
  const manifests = loadManifests('handlers')
  const hosts = await openHosts(manifests, { port: options.port, mails }, teardown)
  const password = (user: string) => secret(`broker/${user}`)
  const { part, took } = createProgress(display.say)
  const supervised: Supervised[] = []
  const keep = (name: string, server: Restartable) => {
    const kept = supervise(name, server, display.say)
    supervised.push(kept)
    teardown.add(kept)
  }

  // These parts do not depend on each other.
  const [broker, { server, databases }, bundles] = await together([
    startWithTopology(),
    startWithDatabases(),
    part('bundles', unlessStopped(signal, buildHandlers()), () => '.warren/build'),
  ])
  signal.throwIfAborted()

  const environmentOf = (manifest: Manifest) => {
    const amqpUrl = broker.url(manifest.name, password(manifest.name))
    return environment(manifest, { amqpUrl, databaseUrl: databases[manifest.name], hosts, secret }, process.env)
  }
  const handlers = bundles.map((bundle) =>
    localHandler(bundle, { logs, running, environment: environmentOf, report: display.say }),
  )
  teardown.add({
    stop: () => stopHandlers(handlers),
    hurry: () => handlers.forEach(({ replicas }) => replicas.kill()),
  })
  const always = handlers.filter(({ rules }) => rules().min > 0)
  await part('always on', startMinimum(always, signal), () =>
    always.map(({ name }) => (hosts[name] === undefined ? name : `${name} on ${hosts[name]}`)).join(', '),
  )

  const system: System = {
    amqpUrl: broker.url('operator', password('operator')),
    managementUrl: broker.managementUrl,
    handlers: Object.fromEntries(
      manifests.map((manifest) => [
        manifest.name,
        {
          ...(manifest.http !== undefined && {
            url: `http://${hosts[manifest.name]}`.replace('127.0.0.1', 'localhost'),
          }),
          databaseUrl: databases[manifest.name],
          secrets: secretsOf(manifest, secret, process.env),
        },
      ]),
    ),
    mails,
  }
  writeSystem(system, options.data)
  teardown.add({ stop: () => forgetSystem(options.data) })
  display.say(`\nReady after ${seconds(performance.now())}, of which RabbitMQ took ${took('RabbitMQ')}.`)
  display.say(`${await welcome(system)}

  mails  ${fromHere(mails)}
  logs   ${fromHere(logs)} (npm run logs)

Ctrl-C stops everything.
`)
  const warn = createWarnings(display.say)
  warn(manifests)

  const timers = timersOf(databases)
  teardown.add({ stop: timers.close })
  const management = { url: broker.managementUrl, user: 'monitor', password: password('monitor'), vhost: broker.vhost }
  let types: TypeCheck | undefined
  const troubles = () =>
    [...supervised.map(({ trouble }) => trouble()), types?.firstError()].flatMap((sentence) => sentence ?? [])
  const stopAutoscaler = startAutoscaler(handlers, { management, timers }, display, troubles)
  teardown.add({ stop: () => stopAutoscaler().then(display.end) })
  teardown.add(
    startRedrives({
      manifests: () => handlers.map(({ manifest }) => manifest()),
      connect: (name) => logIn(broker.url(redriverOf(name), password(redriverOf(name)))),
      say: display.say,
    }),
  )
  teardown.add({ stop: watchLiveness(() => handlers.flatMap(({ replicas }) => replicas.all()), display.say) })
  const watching = watchHandlers(undefined, {
    failed: ({ message }) => display.say(`${message}\nThe old build keeps running.`),
    changed: renewHandlers(handlers, display.say, async (manifests) => {
      const [databases] = await together([
        migrateDatabases(server, manifests),
        declareTopology(broker, manifests, password),
      ])
      await storeNextRuns(manifests, databases)
      warn(manifests)
    }),
  })
  teardown.add(await unlessStopped(signal, watching))
  const look = newHandlers(handlers.map(({ name }) => name))
  const looking = setInterval(() => look().forEach(display.say), 2_000)
  teardown.add({ stop: () => clearInterval(looking) })
  // A program that reads rows has no use for it.
  if (!options.json) types = watchTypes(process.cwd(), reportTypes)
  if (types) teardown.add(types)
  return { broken: Promise.race(supervised.map(({ givenUp }) => givenUp)) }

  /** Where no table is redrawn, each change is a line of its own. */
  function reportTypes(error: string | undefined) {
    if (!drawsInPlace(process)) display.say(error ?? 'The types are right again.')
  }

  async function startWithTopology() {
    const origin = options.amqpUrl === undefined ? '' : ', from AMQP_URL'
    const where = ({ version, managementUrl }: OutsideBroker) =>
      `${describeVersion(version)}, ${managementUrl}${origin}`
    const broker = await part('RabbitMQ', openBroker(options, { keep, signal }), where)
    const declared = unlessStopped(signal, declareTopology(broker, manifests, password))
    await part('topology', declared, () => `virtual host ${broker.vhost}`)
    return broker
  }

  async function startWithDatabases() {
    const origin = options.databaseUrl === undefined ? '' : ', from DATABASE_URL'
    const where = ({ adminUrl }: Database) => `${new URL(adminUrl).host}${origin}`
    const server = await part('PostgreSQL', openDatabase(options, manifests, { keep, signal }), where)
    const made = (urls: Record<string, string>) => Object.keys(urls).join(' ')
    const databases = await part('databases', unlessStopped(signal, migrateDatabases(server, manifests)), made)
    const next = (runs: readonly ScheduledRun[]) => runs.map(describeNextRun).join(', ') || 'none'
    await part('schedules', unlessStopped(signal, storeNextRuns(manifests, databases)), next)
    return { server, databases }
  }
}

function fromHere(path: string): string {
  const short = relative('.', path)
  return short.startsWith('..') ? path : short
}
