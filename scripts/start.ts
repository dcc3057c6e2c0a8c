import { mkdirSync, rmSync } from 'node:fs'
import { join, relative } from 'node:path'
import { loadManifests, type Manifest } from '#runtime/manifest.ts'
import { buildHandlers, watchHandlers } from './build.ts'
import { startAutoscaler } from './local/autoscaler.ts'
import { claimFolder, release } from './local/claim.ts'
import { displayOn, type Display } from './local/display.ts'
import { environment } from './local/environment.ts'
import { firstOrder } from './local/first-order.ts'
import { localHandler, renewHandlers, startMinimum, stopHandlers } from './local/handlers.ts'
import { watchLiveness } from './local/liveness.ts'
import { requireFreePort } from './local/port-holder.ts'
import { createProgress, seconds } from './local/progress.ts'
import { runningProcesses } from './local/running.ts'
import { localSecrets } from './local/secrets.ts'
import { declareTopology, migrateDatabases, openBroker, openDatabase, openHosts } from './local/servers.ts'
import { forgetShop, writeShop, type Shop } from './local/shop.ts'
import { help, startOptions, type StartOptions } from './local/start-options.ts'
import { createTeardown, together, type Teardown } from './local/teardown.ts'
import { timersOf } from './local/timers.ts'

try {
  const options = startOptions(process.argv.slice(2), process.env)
  if (options.help) console.log(help)
  else await startAndStop(options)
} catch (error) {
  console.error((error as Error).message)
  process.exit(1)
}

async function startAndStop(options: StartOptions) {
  const display = displayOn(process, options)
  const teardown = createTeardown()
  const told = toldToStop(teardown, display)
  try {
    await start(options, display, teardown)
    await told
  } finally {
    for (const { message } of await teardown.stopAll()) display.say(message)
  }
  display.say('Stopped.')
  process.exit()
}

/** Resolves when somebody wants us to stop; a second time everything is ended at once. */
function toldToStop(teardown: Teardown, display: Display): Promise<void> {
  return new Promise((told) => {
    let again = false
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(signal, () => {
        if (again) return void teardown.killAll().finally(() => process.exit(130))
        again = true
        display.say('Stopping: what is held is finished first. Ctrl-C again ends everything at once.')
        told()
      })
    }
  })
}

/** Starts the whole shop. Each part that has started is in `teardown`, also when a later one fails. */
async function start(options: StartOptions, display: Display, teardown: Teardown) {
  const { data, port } = options
  await claimFolder(data)
  teardown.add({ stop: () => release(data) })
  const running = runningProcesses(join(data, 'running'))
  const ended = await running.endAll()
  if (ended > 0) display.say(`Ended ${ended} processes that a killed start had left.`)
  await requireFreePort(port, 'PORT')

  const manifests = loadManifests('handlers')
  const secret = localSecrets(data)
  const password = (user: string) => secret(`broker/${user}`)
  const mails = join(data, 'mails')
  const logs = freshFolder(join(data, 'logs'))
  const { part, took } = createProgress(display.say)

  // What needs nothing of each other starts together.
  const [broker, { server, databases }, bundles, hosts] = await together([
    part(
      'RabbitMQ',
      openBroker(options, teardown),
      ({ version, managementUrl }) => `${version}, ${managementUrl}`,
    ).then((broker) =>
      part('topology', declareTopology(broker, manifests, password), ({ vhost }) => `virtual host ${vhost}`),
    ),
    part('PostgreSQL', openDatabase(options, manifests, teardown), ({ adminUrl }) => new URL(adminUrl).host).then(
      async (server) => ({
        server,
        databases: await part('databases', migrateDatabases(server, manifests), (made) => Object.keys(made).join(' ')),
      }),
    ),
    part('bundles', buildHandlers(), () => '.warren/build'),
    openHosts(manifests, { gatewayPort: port, mails }, teardown),
  ])

  const environmentOf = (manifest: Manifest) => {
    const amqpUrl = broker.url(manifest.name, password(manifest.name))
    return environment(manifest, { amqpUrl, databaseUrl: databases[manifest.name], hosts, secret }, process.env)
  }
  const surroundings = { logs, running, environment: environmentOf, report: display.say }
  const handlers = bundles.map((bundle) => localHandler(bundle, surroundings))
  teardown.add({
    stop: () => stopHandlers(handlers),
    kill: () => handlers.forEach(({ replicas }) => replicas.kill()),
  })
  const always = handlers.filter(({ rules }) => rules().min > 0)
  await part('always on', startMinimum(always), () => always.map(({ name }) => name).join(' '))

  const shop: Shop = {
    gatewayUrl: `http://localhost:${port}`,
    authSecret: process.env.AUTH_SECRET ?? secret('AUTH_SECRET'),
    amqpUrl: broker.url('operator', password('operator')),
    managementUrl: broker.managementUrl,
    databases,
    bankUrl: `http://${hosts.bank}`,
    mailFolder: mails,
  }
  writeShop(shop, data)
  teardown.add({ stop: () => forgetShop(data) })
  display.say(await welcome(shop, logs, took('RabbitMQ')))

  const timers = timersOf(databases)
  teardown.add({ stop: () => timers.close() })
  const management = { url: broker.managementUrl, user: 'monitor', password: password('monitor'), vhost: broker.vhost }
  const stopAutoscaler = startAutoscaler(handlers, { management, timers }, display)
  teardown.add({ stop: () => stopAutoscaler().then(display.end) })
  teardown.add({ stop: watchLiveness(() => handlers.flatMap(({ replicas }) => replicas.all()), display.say) })
  teardown.add(
    await watchHandlers(undefined, {
      failed: ({ message }) => display.say(message),
      changed: renewHandlers(handlers, display.say, async () => {
        const manifests = loadManifests('handlers')
        await together([declareTopology(broker, manifests, password), migrateDatabases(server, manifests)])
      }),
    }),
  )
}

async function welcome({ gatewayUrl, authSecret, mailFolder }: Shop, logs: string, brokerTook: string) {
  const { place, follow } = await firstOrder(gatewayUrl, authSecret)
  return `
Ready after ${seconds(performance.now())}, of which RabbitMQ took ${brokerTook}. Place an order:

${place}

and see what becomes of it:

${follow}

  mails  ${fromHere(mailFolder)}
  logs   ${fromHere(logs)}
  API    ${gatewayUrl}/openapi.json

Ctrl-C stops everything.
`
}

function fromHere(path: string): string {
  const short = relative('.', path)
  return short.startsWith('..') ? path : short
}

function freshFolder(folder: string): string {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  return folder
}
