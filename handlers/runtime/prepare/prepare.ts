import { join } from 'node:path'
import type { Client } from 'pg'
import { dbOf } from '../database/db.ts'
import type { Handler } from '../handler.ts'
import type { Manifest } from '../manifest/schema.ts'
import { migrate } from '../database/migrate.ts'
import type { Subscription } from '../on.ts'
import { readManifest } from '../process/manifest-file.ts'
import { endWith } from '../process/settings.ts'
import { checkRows, subscribed } from '../process/subscribed.ts'
import { portsWithoutWorld } from './ports.ts'
import { reach } from './reach.ts'
import { letLookAtTimers, makeDatabase, makeRole } from './roles.ts'
import { namedBy, readPrepareSettings, type PrepareSettings } from './settings.ts'
import { refuseUnsayable } from './stored.ts'

/**
 * Prepares what a handler's new processes stand on, before any of them starts: checks its code against its `handler.yaml`,
 * makes its database and the roles of it, and migrates. Doing it again, or twice at once, changes nothing more.
 *
 * Prints one line for each step. Exit codes: 0; 78 when the configuration is wrong; 1 with one line when a step failed.
 *
 * @param folder with `handler.json`, `migrations` and `runtime-migrations`
 */
export async function prepare(definition: Handler, folder: string): Promise<void> {
  // The first process of a container ignores signals that it does not ask for.
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => process.exit(1))
  try {
    const manifest = readManifest(folder)
    const settings = readPrepareSettings(process.env, manifest)
    const say = (step: string) => console.log(`${manifest.name}: ${step}`)
    const subscriptions = subscribed(definition, manifest, portsWithoutWorld(definition, manifest))
    say('the code and handler.yaml agree')
    await prepareDatabase(manifest, settings, subscriptions, folder, say)
  } catch (error) {
    endWith(error)
  }
  // What a handler's ports have opened is no reason to stay.
  process.exit(0)
}

async function prepareDatabase(
  manifest: Manifest,
  { databaseUrl, adminUrl, scaler }: PrepareSettings,
  subscriptions: readonly Subscription[],
  folder: string,
  say: (step: string) => void,
) {
  if (databaseUrl === undefined) return say('it has no database')

  if (adminUrl !== undefined) {
    const { role, database } = namedBy(databaseUrl)
    await connected(adminUrl, say, async (admin) => {
      await makeRole(admin, role)
      await makeDatabase(admin, database, role.name)
      say(`the database ${database} is there and belongs to ${role.name}`)
      if (scaler) await makeRole(admin, scaler)
    })
  }
  await connected(databaseUrl, say, async (owner) => {
    const names = await migrate(databaseUrl, folder, { runtimeMigrations: join(folder, 'runtime-migrations') })
    say(names.length > 0 ? `migrated: ${names.join(', ')}` : 'nothing to migrate')
    if (scaler) {
      await letLookAtTimers(owner, scaler.name)
      say(`${scaler.name} may look whether a timer is due`)
    }
    await checkRows(subscriptions, async () => dbOf(owner))
    await refuseUnsayable(owner, manifest, subscriptions)
  })
}

async function connected(url: string, say: (step: string) => void, work: (client: Client) => Promise<void>) {
  const client = await reach(url, say)
  try {
    await work(client)
  } finally {
    await client.end()
  }
}
