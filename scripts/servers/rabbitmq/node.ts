import { spawn } from 'node:child_process'
import { mkdirSync, openSync, closeSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { alive, end, ending, identify, type Identity } from '../processes.ts'
import type { Ports } from './configuration.ts'

/** A RabbitMQ server process. Its management API shows whether it is ready. */
export interface Server {
  start(): Promise<void>
  /** Resolves when the server of the last start has ended, for whatever reason: how, such as `was ended by SIGKILL`. */
  ended(): Promise<string>
  running(): boolean
  pid(): number
  /** Sends SIGKILL to the server process itself, which has the effect of a power cut. */
  kill(): Promise<void>
  /** Shuts down gracefully and leaves no process and no port. Also ends a server that a killed program left running. */
  end(): Promise<void>
  /** The end of the server's own log, for error messages. */
  log(): string
}

/** Runs the RabbitMQ of this machine as a private node: own data, own cookie, own epmd. */
export function privateNode(command: string, folder: string, ports: Ports): Server {
  const record = join(folder, 'node.json')
  const output = join(folder, 'output.log')
  let ended: Promise<string> = new Promise(() => {})

  return {
    async start() {
      mkdirSync(folder, { recursive: true })
      const log = openSync(output, 'w')
      const child = spawn(command, [], {
        cwd: folder,
        env: environment(folder, ports),
        stdio: ['ignore', log, log],
        detached: true,
      })
      closeSync(log)
      ended = ending(child)
      await new Promise<void>((spawned, failed) => child.once('spawn', spawned).once('error', failed))
      // The start script replaces itself with the server, so this id is the server's.
      writeFileSync(record, JSON.stringify({ ...identify(child.pid!), epmd: ports.epmd } satisfies Partial<Recorded>))
      child.unref()
    },
    ended: () => ended,
    running: () => alive(recorded(record)),
    pid: () => recorded(record).pid,
    kill: () => end(recorded(record), 'SIGKILL', { within: 5_000 }),
    async end() {
      const { epmd, ...node } = recorded(record)
      await end(node, 'SIGTERM', { within: 15_000 })
      await endPortMapper(epmd)
      rmSync(record, { force: true })
    },
    log: () => readFileSync(output, 'utf8').trim().split('\n').slice(-15).join('\n'),
  }
}

interface Recorded extends Identity {
  readonly epmd: number
}

function recorded(file: string): Recorded {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Recorded
  } catch {
    return { pid: 0, started: '', epmd: 0 }
  }
}

function environment(folder: string, ports: Ports): NodeJS.ProcessEnv {
  const { PATH, LANG, TMPDIR } = process.env
  return {
    PATH,
    LANG: LANG ?? 'C.UTF-8',
    ...(TMPDIR && { TMPDIR }),
    // The Erlang cookie is in the home folder.
    HOME: folder,
    ERL_EPMD_PORT: String(ports.epmd),
    ERL_EPMD_ADDRESS: '127.0.0.1',
    RABBITMQ_NODENAME: 'warren@localhost',
    RABBITMQ_DIST_PORT: String(ports.distribution),
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS:
      '-kernel inet_dist_use_interface {127,0,0,1} +sbwt none +sbwtdcpu none +sbwtdio none',
    RABBITMQ_MNESIA_BASE: join(folder, 'data'),
    RABBITMQ_LOG_BASE: join(folder, 'log'),
    RABBITMQ_CONFIG_FILE: join(folder, 'rabbitmq.conf'),
    RABBITMQ_ADVANCED_CONFIG_FILE: join(folder, 'advanced.config'),
    RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, 'enabled_plugins'),
    // The system's settings apply to the system's own broker only.
    RABBITMQ_CONF_ENV_FILE: join(folder, 'no-environment.conf'),
    // Makes the start script replace itself with the server instead of waiting for it.
    RUNNING_UNDER_SYSTEMD: 'true',
  }
}

/** Erlang's port mapper (epmd) outlives its nodes; the request `k` of its protocol ends it. */
async function endPortMapper(port: number) {
  if (port === 0) return
  await new Promise<void>((ended) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(Buffer.from([0, 1, 'k'.charCodeAt(0)])))
    socket
      .resume()
      .once('close', () => ended())
      .once('error', () => ended())
    socket.setTimeout(2_000, () => socket.destroy())
  })
}
