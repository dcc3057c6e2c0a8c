import { spawn, spawnSync } from 'node:child_process'
import { chownSync, closeSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { alive, end, identify, type Identity } from '../processes.ts'
import type { Binaries } from './binaries.ts'

/** Creates an empty data folder whose superuser has this password. */
export function initialize({ initdb, account }: Binaries, data: string, password: string) {
  // An interrupted first start leaves an incomplete data folder.
  rmSync(data, { recursive: true, force: true })
  mkdirSync(data, { recursive: true, mode: 0o700 })
  const passwordFile = `${data}.password`
  writeFileSync(passwordFile, password, { mode: 0o600 })
  if (account) {
    chownSync(data, account.uid, account.gid)
    chownSync(passwordFile, account.uid, account.gid)
  }
  const { status, stderr } = spawnSync(
    initdb,
    [
      ...['--pgdata', data, '--username', 'postgres', '--auth', 'scram-sha-256', '--pwfile', passwordFile],
      ...['--encoding', 'UTF8', '--locale', 'C', '--locale-provider', 'builtin', '--builtin-locale', 'C.UTF-8'],
      ...['--no-sync', '--no-instructions'],
    ],
    { ...account, encoding: 'utf8', cwd: data },
  )
  rmSync(passwordFile)
  if (status === 0) return
  rmSync(data, { recursive: true, force: true })
  throw new Error(`PostgreSQL could not create its data folder ${data}: ${stderr.trim()}`)
}

/** Starts the server process. */
export async function launch(
  { postgres, account }: Binaries,
  data: string,
  { port, maxConnections, log }: { port: number; maxConnections: number; log: string },
): Promise<Identity> {
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
    cwd: data,
    stdio: ['ignore', output, output],
    detached: true,
  })
  closeSync(output)
  await new Promise<void>((spawned, failed) => child.once('spawn', spawned).once('error', failed))
  child.unref()
  return identify(child.pid!) ?? { pid: child.pid!, started: '' }
}

/** Waits until the server responds. @throws an error with the end of its log, after ending the server, if it does not in 60 s */
export async function ready(server: Identity, answers: () => Promise<boolean>, log: string) {
  const deadline = Date.now() + 60_000
  while (alive(server) && Date.now() < deadline) {
    if (await answers()) return
    await pause(20)
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
