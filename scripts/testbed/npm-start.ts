import { spawn, type ChildProcess } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { databasesOf, readSystem, type System } from '../inspect/system.ts'
import type { Row } from '../local/table.ts'
import type { Identity } from '../servers/processes.ts'
import { until } from './until.ts'

/** A running `npm start`. */
export interface Started {
  readonly child: ChildProcess
  readonly data: string
  /** The rows of its table that it has printed. */
  readonly rows: readonly Row[]
  /** All sentences that it has printed. */
  readonly said: () => string
  readonly exited: Promise<number | null>
}

/**
 * Starts a system as `npm start -- --json` does, with its data in a folder and with these variables.
 *
 * @param root the folder of another system than this repository
 * @param warren the command in it
 */
export function npmStart(
  data: string,
  env: Readonly<Record<string, string>>,
  root?: string,
  warren = 'scripts/warren.mjs',
): Started {
  const child = spawn(process.execPath, [warren, 'start', '--json', '--data', data], {
    cwd: root,
    // As under npm, it ends with its parent: the test.
    env: { PATH: process.env.PATH, HOME: process.env.HOME, npm_lifecycle_event: 'start', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  let [said, rest] = ['', '']
  const rows: Row[] = []
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
  child.stdout.on('data', (chunk: Buffer) => {
    const lines = (rest + chunk.toString()).split('\n')
    rest = lines.pop() ?? ''
    rows.push(...lines.map((line) => JSON.parse(line) as Row))
  })
  const exited = new Promise<number | null>((resolve) => child.once('close', (code) => resolve(code)))
  return { child, data, rows, said: () => said, exited }
}

/** Ctrl-C as a terminal sends it: to all processes in the foreground. */
export function pressCtrlC({ child }: Pick<Started, 'child'>): void {
  process.kill(-child.pid!, 'SIGINT')
}

/** Waits until a system is ready. Throws its own sentences if it ends first. */
export async function ready(start: Started): Promise<System> {
  await until(() => start.rows.length > 0 || start.child.exitCode !== null, { within: 90_000 })
  if (start.rows.length === 0) throw new Error(start.said())
  return readSystem(start.data)
}

/** The private servers of a start, as it has recorded them. A record is missing while its server is started again. */
export function serversOf({ data }: Pick<Started, 'data'>): { readonly broker: Identity; readonly database: Identity } {
  const recorded = (name: string) => JSON.parse(readFileSync(join(data, name), 'utf8')) as Identity
  return {
    get broker() {
      return recorded('broker/node.json')
    },
    get database() {
      return recorded('database/server.json')
    },
  }
}

/** Every process that a start has recorded, and every port that the system is known to use. */
export function traces({ data }: Pick<Started, 'data'>, system: System): { processes: Identity[]; ports: number[] } {
  const running = join(data, 'running')
  const { broker, database } = serversOf({ data })
  const handlers = readdirSync(running).map((name) => JSON.parse(readFileSync(join(running, name), 'utf8')) as Identity)
  const served = Object.values(system.handlers).flatMap(({ url }) => url ?? [])
  const urls = [system.amqpUrl, system.managementUrl, ...served, ...Object.values(databasesOf(system))]
  return {
    processes: [...handlers, broker, database],
    ports: [...new Set(urls.map((url) => Number(new URL(url).port)))],
  }
}

/** Whether a process accepts connections on this port. */
export function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(true)).once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}
