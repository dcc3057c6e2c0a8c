import { spawn, spawnSync } from 'node:child_process'
import {
  chownSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as pause } from 'node:timers/promises'
import { alive, end, ending, identify, programsIn, type Identity } from '../processes.ts'
import type { Binaries } from './binaries.ts'

/**
 * Creates an empty data folder whose superuser has this password. It has its name once it is complete, so that an interrupted first
 * start leaves none.
 */
export async function initialize(
  { initdb, account }: Binaries,
  data: string,
  password: string,
  signal?: AbortSignal,
): Promise<void> {
  signal?.throwIfAborted()
  const draft = `${data}.new`
  for (const folder of [data, draft]) rmSync(folder, { recursive: true, force: true })
  mkdirSync(draft, { recursive: true, mode: 0o700 })
  const passwordFile = `${data}.password`
  writeFileSync(passwordFile, password, { mode: 0o600 })
  if (account) {
    chownSync(draft, account.uid, account.gid)
    chownSync(passwordFile, account.uid, account.gid)
  }
  const child = spawn(
    initdb,
    [
      ...['--pgdata', draft, '--username', 'postgres', '--auth', 'scram-sha-256', '--pwfile', passwordFile],
      ...['--encoding', 'UTF8', '--locale', 'C', '--locale-provider', 'builtin', '--builtin-locale', 'C.UTF-8'],
      ...['--no-sync', '--no-instructions'],
    ],
    { ...account, env: environment(), cwd: draft, stdio: ['ignore', 'ignore', 'pipe'], detached: true },
  )
  const giveUp = () => child.kill('SIGTERM')
  signal?.addEventListener('abort', giveUp)
  const [how, complaint] = await Promise.all([ending(child), text(child.stderr)])
  signal?.removeEventListener('abort', giveUp)
  rmSync(passwordFile)
  if (child.exitCode === 0) return renameSync(draft, data)
  await endBackends(draft)
  rmSync(draft, { recursive: true, force: true })
  signal?.throwIfAborted()
  throw new Error(`PostgreSQL could not create its data folder ${data}: initdb ${how}: ${complaint.trim()}`)
}

/** The major version of the server that wrote a data folder; `undefined` if it holds no data. */
export function versionIn(data: string): string | undefined {
  const file = join(data, 'PG_VERSION')
  return existsSync(file) ? readFileSync(file, 'utf8').trim() : undefined
}

/** The version of the server that would be started, such as `18.4`. */
export function versionOf({ postgres }: Binaries): string | undefined {
  const { stdout } = spawnSync(postgres, ['--version'], { encoding: 'utf8' })
  return /\d+(\.\d+)*/.exec(stdout ?? '')?.[0]
}

/**
 * Ends what a killed server has left behind: its processes outlive it while they work on a statement, and a server does not start as
 * long as one of them uses its shared memory.
 */
export async function endBackends(data: string): Promise<void> {
  const backends = programsIn(data, 'postgres')
  await Promise.all(backends.map((backend) => end(backend, 'SIGKILL', { within: 5_000 })))
}

/** Starts the server process. */
export async function launch(
  { postgres, account }: Binaries,
  data: string,
  { port, maxConnections, log }: { port: number; maxConnections: number; log: string },
): Promise<{ identity: Identity; ended: Promise<string> }> {
  const settings = {
    listen_addresses: '127.0.0.1',
    port,
    unix_socket_directories: '',
    max_connections: maxConnections,
    // A confirmed commit survives a power cut, as in production.
    fsync: 'on',
    synchronous_commit: 'on',
    shared_buffers: '128MB',
  }
  const args = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const output = openSync(log, 'w')
  const child = spawn(postgres, ['-D', data, ...args], {
    ...account,
    env: environment(),
    cwd: data,
    stdio: ['ignore', output, output],
    detached: true,
  })
  closeSync(output)
  const ended = ending(child)
  await new Promise<void>((spawned, failed) => child.once('spawn', spawned).once('error', failed))
  child.unref()
  return { identity: identify(child.pid!) ?? { pid: child.pid!, started: '' }, ended }
}

/** Only what the programs need: they would read further settings from PG… variables, and a server passes its own on. */
function environment(): NodeJS.ProcessEnv {
  const { PATH, TZ, SystemRoot } = process.env
  return { PATH, TZ, SystemRoot }
}

/**
 * Waits until the server responds.
 *
 * @throws an error with the end of its log, after ending the server, if it does not in 60 s
 */
export async function ready(server: Identity, answers: () => Promise<boolean>, log: string, signal?: AbortSignal) {
  const deadline = Date.now() + 60_000
  while (alive(server) && Date.now() < deadline && !signal?.aborted) {
    if (await answers()) return
    await pause(20)
  }
  if (signal?.aborted) {
    await end(server, 'SIGINT', { within: 2_000 })
    throw signal.reason
  }
  const reason = alive(server) ? 'did not become ready within 60 s' : 'ended while it was starting'
  await end(server, 'SIGINT', { within: 5_000 })
  throw new Error(`PostgreSQL ${reason}:\n${readFileSync(log, 'utf8').trim().split('\n').slice(-10).join('\n')}`)
}

/** The recorded server process; an identity that matches no process if there is no record. */
export function recorded(file: string): Identity {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Identity
  } catch {
    return { pid: 0, started: '' }
  }
}
