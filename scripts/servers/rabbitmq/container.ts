import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { ending } from '../processes.ts'
import type { Server } from './node.ts'

/** Inside the container; free ports of this machine map to them. */
export const containerListens = { address: '0.0.0.0', amqp: 5672, management: 15672 }

/** RabbitMQ's own image with the node's folder mounted, reachable on loopback only. */
export function container(image: string, folder: string, ports: { amqp: number; management: number }): Server {
  const name = `warren-${createHash('sha256').update(folder).digest('hex').slice(0, 12)}`
  const user = process.getuid && process.getgid ? ['--user', `${process.getuid()}:${process.getgid()}`] : []
  const remove = () => docker(['rm', '--force', name], { mayFail: true })
  let ended: Promise<string> = new Promise(() => {})

  return {
    async start() {
      mkdirSync(join(folder, 'data'), { recursive: true })
      remove()
      docker([
        ...['run', '--detach', '--name', name, '--hostname', 'warren', ...user],
        ...['--publish', `127.0.0.1:${ports.amqp}:${containerListens.amqp}`],
        ...['--publish', `127.0.0.1:${ports.management}:${containerListens.management}`],
        ...['--volume', `${join(folder, 'data')}:/var/lib/rabbitmq`],
        ...['rabbitmq.conf', 'advanced.config', 'enabled_plugins'].flatMap((file) => [
          '--volume',
          `${join(folder, file)}:/etc/rabbitmq/${file}:ro`,
        ]),
        image,
      ])
      // Docker's client waits for the container to end, and ends with it.
      const waiting = spawn('docker', ['wait', name], { stdio: 'ignore', detached: true })
      waiting.unref()
      ended = ending(waiting).then(() => 'ended')
    },
    ended: () => ended,
    running: () => docker(['inspect', '--format', '{{.State.Running}}', name], { mayFail: true }) === 'true',
    pid: () => Number(docker(['inspect', '--format', '{{.State.Pid}}', name])),
    async kill() {
      docker(['kill', '--signal', 'KILL', name])
    },
    async end() {
      docker(['stop', '--time', '15', name], { mayFail: true })
      remove()
    },
    log: () => docker(['logs', '--tail', '15', name], { mayFail: true }),
  }
}

function docker(args: string[], { mayFail = false } = {}): string {
  const { status, stdout, stderr } = spawnSync('docker', args, { encoding: 'utf8' })
  if (status !== 0 && !mayFail) throw new Error(`docker ${args[0]} failed: ${stderr.trim()}`)
  return stdout.trim()
}
