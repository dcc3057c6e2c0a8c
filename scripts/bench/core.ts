import { spawn, type ChildProcess } from 'node:child_process'
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { definitions } from '#runtime/topology.ts'
import { migrate } from '#runtime/migrate.ts'
import { parseManifest } from '#runtime/manifest.ts'
import { buildHandlers, type Bundle } from '../build.ts'
import type { LocalBroker } from '../local/broker.ts'
import type { LocalDatabase } from '../local/database.ts'

const participants = ['orders', 'inventory', 'payments', 'shipping']

/** The saga and its participants, each a process of its own, without HTTP, bank and mail. */
export interface Core {
  readonly processes: ReadonlyMap<string, ChildProcess>
  readonly driverUrl: string
  stop(): Promise<void>
}

/**
 * Starts the core of the shop: four handlers as they ship, but for payments' bank, which answers in process.
 *
 * @param groupOf the most messages in one transaction: 100 as shipped, 1 to compare
 */
export async function startCore(broker: LocalBroker, database: LocalDatabase, groupOf: number): Promise<Core> {
  const bundles = await bundlesWithBankInProcess(groupOf)
  const driver = parseManifest('driver', {
    sends: ['order.place.v1'],
    subscribes: ['order.confirmed.v1', 'order.cancelled.v1'],
  })
  const vhost = `bench-${groupOf}`
  const password = 'bench'
  await broker.request('DELETE', `vhosts/${vhost}`).catch(() => undefined)
  await broker.importDefinitions(
    definitions([...bundles.map(({ manifest }) => manifest), driver], { vhost, passwords: () => password, partial: true }),
  )
  const processes = new Map<string, ChildProcess>()
  await Promise.all(
    bundles.map(async ({ name, folder, file }) => {
      await database.drop(name)
      const url = await database.create(name)
      await migrate(url, folder)
      processes.set(name, await start(file, { AMQP_URL: broker.url(name, password, vhost), DATABASE_URL: url }))
    }),
  )
  return {
    processes,
    driverUrl: broker.url('driver', password, vhost),
    async stop() {
      await Promise.all([...processes.values()].map(end))
      await broker.request('DELETE', `vhosts/${vhost}`)
    },
  }
}

/** Resolves when the handler is subscribed. */
async function start(file: string, environment: Record<string, string>): Promise<ChildProcess> {
  const child = spawn(process.execPath, [...(process.env.PROF ? ['--cpu-prof', '--cpu-prof-dir=/tmp/prof'] : []), file], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env: { ...process.env, ...environment, METRICS_PORT: '0', LOG_LEVEL: 'warn' },
  })
  await new Promise<void>((resolve, reject) => {
    child.once('message', () => resolve())
    child.once('exit', (code) => reject(new Error(`${file} ended with code ${code}`)))
  })
  return child
}

async function end(child: ChildProcess): Promise<void> {
  const ended = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGTERM')
  await ended
}

async function bundlesWithBankInProcess(groupOf: number): Promise<Bundle[]> {
  const root = process.cwd()
  const folder = join(root, '.warren/bench/payments')
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  for (const part of ['handler.yaml', 'migrations']) await cp(join(root, 'handlers/payments', part), join(folder, part), { recursive: true })
  await writeFile(
    join(folder, 'handler.ts'),
    `import { handler } from '#runtime'
     import { payments } from ${JSON.stringify(join(root, 'handlers/payments/handler.ts'))}
     export default handler(payments, () => ({
       authorize: async ({ reference }) => ({ approved: true, id: reference }),
       capture: async () => {}, void: async () => {}, refund: async () => {},
     }))`,
  )
  const bundles = await buildHandlers(participants.map((name) => (name === 'payments' ? folder : name)))
  return await Promise.all(bundles.map((bundle) => regrouped(bundle, groupOf)))
}

/** The same code with another group size: nobody but this comparison has a use for one, so it is no setting. */
async function regrouped(bundle: Bundle, groupOf: number): Promise<Bundle> {
  const code = await readFile(bundle.file, 'utf8')
  const shipped = /\bgroupSize = 100;/
  if (!shipped.test(code)) throw new Error(`${bundle.file} has no group size to replace`)
  const file = bundle.file.replace('.cjs', `.groups-of-${groupOf}.cjs`)
  // The prefetch is two groups as shipped, and stays that for both.
  await writeFile(file, code.replace(shipped, `groupSize = ${groupOf};`).replaceAll('2 * groupSize', '200'))
  return { ...bundle, file }
}
