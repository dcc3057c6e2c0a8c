import { spawnSync } from 'node:child_process'
import { accessSync, constants, existsSync, readdirSync, realpathSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'

/** How to run a broker on this machine. */
export type Rabbitmq = { readonly command: string } | { readonly image: string }

const image = 'rabbitmq:4.3-management'

/**
 * RabbitMQ on PATH; otherwise Docker, if its daemon responds; otherwise a RabbitMQ that the platform's package manager installs, which
 * is announced first.
 *
 * @throws an error with the three ways out if none of them works
 */
export function findRabbitmq(say: (line: string) => void): Rabbitmq {
  const found = installed() ?? container() ?? install(say)
  if (found) return found
  throw new Error(
    'RabbitMQ was not found and could not be installed: put rabbitmq-server on PATH (your package manager calls it rabbitmq-server, ' +
      'Homebrew rabbitmq), or start Docker, or set AMQP_URL to your own broker.',
  )
}

/** The version of a RabbitMQ that does not run; `undefined` if it cannot be found out. */
export function versionOf(rabbitmq: Rabbitmq): string | undefined {
  if ('image' in rabbitmq) return /:([\d.]+)/.exec(rabbitmq.image)?.[1]
  // Its plugins have the version in their names. To ask rabbitmqctl takes a second.
  const home = dirname(dirname(realpathSync(rabbitmq.command)))
  const plugins = join(home, 'plugins')
  const names = existsSync(plugins) ? readdirSync(plugins).join('\n') : ''
  const named = /^rabbit-(\d+\.\d+\.\d+)/m.exec(names)?.[1]
  if (named) return named
  const { stdout } = spawnSync(join(dirname(rabbitmq.command), 'rabbitmqctl'), ['version'], { encoding: 'utf8' })
  return /^\d+\.\d+\.\d+/m.exec(stdout ?? '')?.[0]
}

function installed(): Rabbitmq | undefined {
  // Debian's wrapper in /usr/sbin requires the user rabbitmq; the script behind it runs as any user.
  const plain = '/usr/lib/rabbitmq/bin/rabbitmq-server'
  const command = which('rabbitmq-server')
  if (command && !(command.startsWith('/usr/sbin/') && existsSync(plain))) return { command }
  return existsSync(plain) ? { command: plain } : undefined
}

function container(): Rabbitmq | undefined {
  if (!which('docker')) return undefined
  return spawnSync('docker', ['info'], { stdio: 'ignore', timeout: 10_000 }).status === 0 ? { image } : undefined
}

function install(say: (line: string) => void): Rabbitmq | undefined {
  const way = packageManagers.find(({ command }) => which(command))
  if (!way) return undefined
  const asRoot = !way.root || process.getuid?.() === 0 ? [] : ['sudo']
  if (asRoot.length > 0 && !which('sudo')) return undefined

  say(
    `RabbitMQ is not on this machine: installing it with ${[...asRoot, way.command].join(' ')} (once, about a minute) …`,
  )
  const [program = '', ...args] = [...asRoot, 'sh', '-ec', way.script]
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8', stdio: ['inherit', 'pipe', 'pipe'] })
  if (status !== 0) {
    say(`${stdout}${stderr}`.trim().split('\n').slice(-10).join('\n'))
    return undefined
  }
  return installed()
}

/** None of them may leave a broker running as a system service: Warren's broker is private and stops with it. */
const packageManagers = [
  {
    command: 'apt-get',
    root: true,
    script: `
      if [ ! -e /usr/sbin/policy-rc.d ]; then
        trap 'rm -f /usr/sbin/policy-rc.d' EXIT
        printf '#!/bin/sh\\nexit 101\\n' >/usr/sbin/policy-rc.d
        chmod +x /usr/sbin/policy-rc.d
      fi
      apt-get update -q
      DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends rabbitmq-server
      update-rc.d rabbitmq-server disable || true`,
  },
  { command: 'dnf', root: true, script: 'dnf install -qy rabbitmq-server' },
  { command: 'brew', root: false, script: 'brew install --quiet rabbitmq' },
]

/** Also searches the folders of system commands, which an ordinary user's PATH lacks. */
function which(command: string): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/local/sbin', '/usr/sbin', '/opt/homebrew/sbin']
  return folders.map((folder) => join(folder, command)).find(executable)
}

function executable(file: string) {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}
