import { join } from 'node:path'
import type { Client } from 'pg'
import { dbOf } from '../database/db.ts'
import type { Handler } from '../handler.ts'
import { migrationsWithoutDatabase } from '../manifest/migrations.ts'
import type { Manifest } from '../manifest/schema.ts'
import { migrate } from '../database/migrate.ts'
import type { Subscription } from '../on.ts'
import { readManifest } from '../process/manifest-file.ts'
import { endWith, Misconfigured } from '../process/settings.ts'
import { checkRows, requireHandler, subscribed } from '../process/subscribed.ts'
import { portsWithoutWorld } from './ports.ts'
import { reach } from './reach.ts'
import { letLookAtTimers, makeDatabase, makeRole } from './roles.ts'
import { namedBy, readPrepareSettings, type PrepareSettings, type Role } from './settings.ts'
import { planSchedules } from './schedules.ts'
import { refuseUnsayable } from './stored.ts'

/**
 * Prepares a release of a handler before any of its new processes starts: checks its code against its `handler.yaml`,
 * creates its database and roles, and migrates. Running it again, or twice at once, changes nothing more.
 *
 * Prints one line for each step. Exit codes: 0; 78 when the configuration is wrong; 1 with one line when a step failed.
 *
 * @param folder the folder with `handler.json`, `migrations` and `runtime-migrations`
 */
export async function prepare(definition: Handler, folder: string): Promise<void> {
  // The first process of a container ignores signals that it does not handle.
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => process.exit(1))
  try {
    const manifest = readManifest(folder)
    requireHandler(definition, manifest)
    const settings = readPrepareSettings(process.env, manifest)
    const say = (step: string) => console.log(`${manifest.name}: ${step}`)
    const subscriptions = subscribed(definition, manifest, portsWithoutWorld(definition, manifest))
    const wrong = migrationsWithoutDatabase(manifest, folder)
    if (wrong !== undefined) throw new Misconfigured(`handlers/${manifest.name}/handler.yaml: ${wrong}`)
    say('the code and handler.yaml agree')
    await prepareDatabase(manifest, settings, subscriptions, folder, say)
  } catch (error) {
    endWith(error)
  }
  // Connections that the handler's ports have opened must not keep the process alive.
  process.exit(0)
}

async function prepareDatabase(
  manifest: Manifest,
  { databaseUrl, adminUrl, scaler }: PrepareSettings,
  subscriptions: readonly Subscription[],
  folder: string,
  say: (step: string) => void,
) {
  if (databaseUrl === undefined) return say('the handler has no database')

  if (adminUrl !== undefined) {
    const { role, database } = namedBy(databaseUrl)
    await connected(adminUrl, say, async (admin) => {
      await makeRole(admin, role)
      await makeDatabase(admin, database, role.name)
      say(`the database ${database} exists and belongs to ${role.name}`)
      if (scaler) await makeRole(admin, scaler)
    })
  }
  const migrated = connected(databaseUrl, say, async (owner) => {
    const names = await migrate(databaseUrl, folder, {
      handler: manifest.name,
      runtimeMigrations: join(folder, 'runtime-migrations'),
    })
    say(names.length > 0 ? `migrated: ${names.join(', ')}` : 'nothing to migrate')
    if (scaler) {
      await letLookAtTimers(owner, scaler.name)
      say(`${scaler.name} may check whether a timer is due`)
    }
    await checkRows(subscriptions, async () => dbOf(owner))
    await refuseUnsayable(owner, manifest, subscriptions)
    for (const step of await planSchedules(owner, subscriptions)) say(step)
  })
  await (adminUrl === undefined ? withRemedy(migrated, databaseUrl, scaler) : migrated)
}

/** A database or role that does not exist, and a login that is refused. */
const missing = ['3D000', '42704', '28000', '28P01']

/** Without an administrator, this program creates neither roles nor the database: adds what has to be created to the error. */
async function withRemedy(work: Promise<void>, databaseUrl: string, scaler: Role | undefined): Promise<void> {
  try {
    await work
  } catch (cause) {
    const error = cause as Error
    const { code } = (error.cause ?? error) as { code?: string }
    if (code === undefined || !missing.includes(code)) throw error
    const { role, database } = namedBy(databaseUrl)
    const roles = [role, ...(scaler ? [scaler] : [])].map(({ name }) => name).join(' and ')
    throw new Error(
      `${error.message}: create the database ${database}, owned by ${role.name}, and the login roles ${roles} with the passwords in their Secret, or name an administrator in postgres.admin`,
      { cause },
    )
  }
}

async function connected(url: string, say: (step: string) => void, work: (client: Client) => Promise<void>) {
  const client = await reach(url, say)
  try {
    await work(client)
  } finally {
    await client.end()
  }
}
