import { spawn } from 'node:child_process'
import { helm, kubectl } from '../../cluster/testing/commands.ts'
import { namespaceVariable } from '../../cluster/testing/namespace.ts'

const temporary = 'warren-e2e'

/**
 * Builds and loads the images and installs the shop in a namespace of its own, by the commands of the README, and returns what
 * removes it again. A namespace that WARREN_NAMESPACE names is used as it is and kept.
 */
export async function installShop(): Promise<() => Promise<void>> {
  const kept = process.env[namespaceVariable]
  const namespace = kept ?? temporary
  process.env[namespaceVariable] = namespace
  if (kept === undefined) await removeNamespace(namespace)
  await shown('npm', 'run', '--silent', 'images')
  // The port of the nodes belongs to the shop that people use; nobody looks at dashboards here.
  const values = ['gateway.nodePort=0', 'prometheus.enabled=true', 'grafana.enabled=false']
  const set = values.flatMap((value) => ['--set', value])
  await shown('npm', 'run', '--silent', 'deploy', '--', '--namespace', namespace, ...set)
  return async () => {
    if (kept === undefined) await removeNamespace(namespace)
  }
}

async function namespaces(): Promise<string[]> {
  const listed = JSON.parse(await kubectl('get', 'namespaces', '-o', 'json')) as {
    items: { metadata: { name: string } }[]
  }
  return listed.items.map(({ metadata }) => metadata.name)
}

/** Releases first and what they keep after them, while the operators still see the broker; then all the rest. */
async function removeNamespace(namespace: string) {
  if (!(await namespaces()).includes(namespace)) return
  // Helm 4 lists all by default and has no flag for it; Helm 3 lists only those that stand.
  const whatever = ['--deployed', '--failed', '--pending', '--uninstalling']
  const releases = JSON.parse(await helm('list', '-n', namespace, ...whatever, '-o', 'json')) as { name: string }[]
  const handlers = releases.map(({ name }) => name).filter((name) => name !== 'shop')
  if (handlers.length > 0) await helm('uninstall', '-n', namespace, ...handlers)
  const topology = 'bindings.rabbitmq.com,policies.rabbitmq.com,queues.rabbitmq.com,exchanges.rabbitmq.com'
  await kubectl('delete', '-n', namespace, topology, '--all')
  if (handlers.length < releases.length) await helm('uninstall', '-n', namespace, 'shop')
  await kubectl('delete', '-n', namespace, 'vhosts.rabbitmq.com,users.rabbitmq.com', '--all')
  await kubectl('delete', 'namespace', namespace)
}

/** What it prints is the progress of the set-up. */
function shown(program: string, ...args: string[]): Promise<void> {
  console.error(`$ ${[program, ...args].join(' ')}`)
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['ignore', 2, 2] })
    child.once('error', reject)
    child.once('close', (code) =>
      code === 0 ? resolve() : reject(new Error(`${[program, ...args].join(' ')} ended with exit code ${code}`)),
    )
  })
}
