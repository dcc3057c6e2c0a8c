import { spawn, type ChildProcess } from 'node:child_process'
import { cp, mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { definitions } from '#runtime/topology/index.ts'
import { migrate } from '#runtime/database/migrate.ts'
import { loadManifests, parseManifest } from '#runtime/manifest/index.ts'
import { buildHandlers, type Bundle } from '../../build/bundles.ts'
import type { LocalBroker } from '../../servers/broker.ts'
import type { LocalDatabase } from '../../servers/database.ts'
import { inherited } from '../../local/replica.ts'

/** The saga and its participants, each a process of its own, without HTTP, bank and mail. */
export interface Core {
  readonly processes: ReadonlyMap<string, ChildProcess>
  readonly vhost: string
  /** The driver's own broker user. */
  readonly driverUrl: string
  /** Starts another process of a handler, and resolves when it is subscribed. */
  start(handler: string): Promise<ChildProcess>
  stop(): Promise<void>
}

/** The handler of the saga and those that handle its commands. */
function participantsOf(saga: string): string[] {
  const manifests = loadManifests('handlers')
  const commands = new Set(manifests.find(({ name }) => name === saga)?.sends)
  const others = manifests.filter(({ name, handles }) => name !== saga && handles.some((type) => commands.has(type)))
  return [saga, ...others.map(({ name }) => name)]
}

/**
 * Starts the core of the shop: its handlers as they ship, except that the bank of payments answers in process.
 *
 * @param groupOf the most messages in one transaction: 100 as shipped
 */
export async function startCore(broker: LocalBroker, database: LocalDatabase, groupOf: number): Promise<Core> {
  const participants = participantsOf('orders')
  const bundles = await bundlesWithBankInProcess(participants, groupOf)
  const driver = parseManifest('driver', {
    sends: ['order.place.v1'],
    // With the beginning of orders, which would otherwise pile up unrouted.
    subscribes: ['order.created.v1', 'order.confirmed.v1', 'order.cancelled.v1'],
  })
  const vhost = `bench-${groupOf}`
  const password = 'bench'
  await broker.request('DELETE', `vhosts/${vhost}`).catch(() => undefined)
  await broker.importDefinitions(
    definitions([...bundles.map(({ manifest }) => manifest), driver], {
      vhost,
      passwords: () => password,
      partial: true,
    }),
  )
  const processes = new Map<string, ChildProcess>()
  const environments = new Map<string, Record<string, string>>()
  await Promise.all(
    bundles.map(async ({ name, folder }) => {
      await database.drop(name)
      const url = await database.create(name)
      await migrate(url, folder)
      environments.set(name, { AMQP_URL: broker.url(name, password, vhost), DATABASE_URL: url })
    }),
  )
  const startOne = async (name: string) => {
    const bundle = bundles.find((each) => each.name === name)
    if (!bundle) throw new Error(`${name} is not one of ${participants.join(', ')}`)
    const child = await start(bundle.file, environments.get(name) ?? {})
    processes.set(name, child)
    return child
  }
  await Promise.all(participants.map(startOne))
  return {
    processes,
    vhost,
    driverUrl: broker.url('driver', password, vhost),
    start: startOne,
    async stop() {
      await Promise.all([...processes.values()].map(end))
      await broker.request('DELETE', `vhosts/${vhost}`)
    },
  }
}

/** Resolves when the handler is subscribed. */
export async function start(file: string, environment: Record<string, string>): Promise<ChildProcess> {
  const child = spawn(process.execPath, [file], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env: { ...inherited(), ...environment, METRICS_PORT: '0', LOG_LEVEL: 'warn' },
  })
  await new Promise<void>((resolve, reject) => {
    child.once('message', () => resolve())
    child.once('exit', (code) => reject(new Error(`${file} ended with code ${code}`)))
  })
  return child
}

export async function end(child: ChildProcess): Promise<void> {
  const ended = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGTERM')
  await ended
}

async function bundlesWithBankInProcess(participants: readonly string[], groupOf: number): Promise<Bundle[]> {
  const root = process.cwd()
  const folder = join(root, '.warren/bench/payments')
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  for (const part of ['handler.yaml', 'migrations'])
    await cp(join(root, 'handlers/payments', part), join(folder, part), { recursive: true })
  await writeFile(
    join(folder, 'handler.ts'),
    `import payments from ${JSON.stringify(join(root, 'handlers/payments/handler.ts'))}
     export default { ...payments, ports: () => ({
       authorize: async ({ reference }) => ({ approved: true, id: reference }),
       capture: async () => {}, void: async () => {}, refund: async () => {},
     }) }`,
  )
  return buildHandlers(
    participants.map((name) => (name === 'payments' ? folder : name)),
    { into: join(root, `.warren/bench/groups-of-${groupOf}`), define: { WARREN_GROUP_SIZE: String(groupOf) } },
  )
}
