import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { claimFolder, release } from './claim.ts'
import { requireSameVersion } from './data-version.ts'
import { freePorts } from './ports.ts'
import { configure, type Admin } from './rabbitmq/configuration.ts'
import { container, containerListens } from './rabbitmq/container.ts'
import { findRabbitmq, versionOf, type Rabbitmq } from './rabbitmq/find.ts'
import { askBroker, type ManagementRequest, type ManagementUser } from '../inspect/management.ts'
import { privateNode, type Server } from './rabbitmq/node.ts'

/** How to reach a running broker: plain data, so that it can be passed to other processes. */
export interface BrokerAddress {
  readonly version: string
  readonly port: number
  readonly managementPort: number
  readonly admin: Admin
}

/** A running broker. */
export interface Broker extends BrokerAddress {
  /** Sends a request to the management API as the administrator; see `askBroker`. */
  request<Answer = unknown>(
    method: NonNullable<ManagementRequest['method']>,
    path: string,
    body?: object,
  ): Promise<Answer>
  url(user: string, password: string, vhost: string): string
  /** Imports definitions in RabbitMQ's own format: creates or updates objects, removes none. */
  importDefinitions(definitions: object): Promise<void>
}

/** A private broker, which its owner can also stop. */
export interface LocalBroker extends Broker {
  readonly pid: number
  /** Resolves when the process of the last start has ended: how, such as `was ended by SIGKILL`. */
  ended(): Promise<string>
  /** Sends SIGKILL. The data stays. */
  kill(): Promise<void>
  /** Starts it again on the same ports with the same data, after stopping it if it runs. */
  restart(signal?: AbortSignal): Promise<void>
  /** Stops it and its child processes; no process and no port is left. The data stays. */
  stop(): Promise<void>
}

export function connectBroker(address: BrokerAddress): Broker {
  const { port } = address
  const request = <Answer>(method: ManagementRequest['method'] & string, path: string, body?: object) =>
    askBroker<Answer>(managementOf(address), path, { method, body })
  return {
    ...address,
    request,
    url: (user, password, vhost) =>
      `amqp://${encodeURIComponent(user)}:${encodeURIComponent(password)}@127.0.0.1:${port}/${encodeURIComponent(vhost)}`,
    importDefinitions: (definitions) => request('POST', 'definitions', definitions),
  }
}

/**
 * Starts a private RabbitMQ node on loopback, with its data in `folder`. Ends a node that a killed program left there first.
 *
 * @throws an error if RabbitMQ is not available or does not start, or if another running program has claimed the folder; no process
 * is left
 */
export async function startBroker({
  folder,
  fresh = false,
  quiet = false,
  signal,
}: {
  folder: string
  /** Removes the data of an earlier broker in the folder. */
  fresh?: boolean
  quiet?: boolean
  /** Gives up the start. */
  signal?: AbortSignal
}): Promise<LocalBroker> {
  const rabbitmq = findRabbitmq(quiet ? () => {} : (line) => console.error(line))
  requireReadable(rabbitmq, folder, fresh)
  await claimFolder(folder, { signal })
  const [amqp = 0, managementPort = 0, epmd = 0, distribution = 0] = await freePorts(4)
  const ports = { amqp, management: managementPort, epmd, distribution }

  const native = 'command' in rabbitmq
  const listens = native ? { address: '127.0.0.1', amqp, management: managementPort } : containerListens
  const admin = configure(folder, listens)
  const server = native ? privateNode(rabbitmq.command, folder, ports) : container(rabbitmq.image, folder, ports)
  const start = async (signal?: AbortSignal) => {
    await server.end()
    await server.start()
    return ready(server, managementOf({ managementPort, admin }), signal)
  }
  // A first start that was interrupted may leave a broker without its administrator.
  const unfinished = join(folder, 'unfinished')
  const data = join(folder, 'data')
  await server.end()
  if (fresh || existsSync(unfinished)) rmSync(data, { recursive: true, force: true })
  if (!existsSync(data)) writeFileSync(unfinished, '')
  const version = await start(signal).catch((error: unknown) => {
    release(folder)
    throw error
  })
  rmSync(unfinished, { force: true })
  writeFileSync(versionFile(folder), version)

  return {
    ...connectBroker({ version, port: amqp, managementPort, admin }),
    get pid() {
      return server.pid()
    },
    ended: () => server.ended(),
    kill: () => server.kill(),
    async restart(signal) {
      await start(signal)
    },
    async stop() {
      await server.end()
      release(folder)
    },
  }
}

/** @throws an error with the ways out if RabbitMQ could not use this folder or its data */
function requireReadable(rabbitmq: Rabbitmq, folder: string, fresh: boolean) {
  // RabbitMQ 4.3 hangs at its start.
  if (folder.includes("'"))
    throw new Error(
      `RabbitMQ does not start in a folder with an apostrophe in its path (${folder}): choose another folder with --data, or rename it.`,
    )
  if (fresh || !existsSync(versionFile(folder))) return
  requireSameVersion({
    server: 'RabbitMQ',
    folder,
    written: readFileSync(versionFile(folder), 'utf8'),
    present: versionOf(rabbitmq),
    numbers: 2,
    remedy: (series) => `put RabbitMQ ${series} on PATH again`,
  })
}

/** Holds the version of the broker that wrote the data. */
const versionFile = (folder: string) => join(folder, 'version')

function managementOf({ managementPort, admin }: Pick<BrokerAddress, 'managementPort' | 'admin'>): ManagementUser {
  return { url: `http://127.0.0.1:${managementPort}`, ...admin }
}

interface Overview {
  readonly rabbitmq_version: string
  readonly listeners: readonly { readonly protocol: string }[]
}

/** Waits until the broker accepts clients, and returns its version. Leaves no process if it fails or is given up. */
async function ready(server: Server, management: ManagementUser, signal?: AbortSignal): Promise<string> {
  const deadline = Date.now() + 60_000
  while (server.running() && Date.now() < deadline && !signal?.aborted) {
    const overview = await askBroker<Overview>(management, 'overview').catch(() => undefined)
    if (overview?.listeners.some(({ protocol }) => protocol === 'amqp')) return overview.rabbitmq_version
    await pause(20)
  }
  if (signal?.aborted) {
    // While it starts, the server takes no other signal.
    await server.kill()
    await server.end()
    throw signal.reason
  }
  const reason = server.running() ? 'did not become ready within 60 s' : 'ended while it was starting'
  const log = server.log()
  await server.end()
  throw new Error(`RabbitMQ ${reason}:\n${log}`)
}
