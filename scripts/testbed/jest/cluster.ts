import { spawn } from 'node:child_process'
import { helm, kubectl } from '../../cluster/testing/commands.ts'
import { namespaceVariable } from '../../cluster/testing/namespace.ts'

const temporary = 'warren-e2e'

/**
 * Builds and loads the images and installs the shop in a namespace of its own, with the commands in the README, and returns a function
 * that removes it. A namespace named by WARREN_NAMESPACE is used unchanged and kept.
 */
export async function installShop(): Promise<() => Promise<void>> {
  const kept = process.env[namespaceVariable]
  const namespace = kept ?? temporary
  process.env[namespaceVariable] = namespace
  if (kept === undefined) await removeNamespace(namespace)
  await shown('npm', 'run', '--silent', 'images')
  // Node ports belong to the interactive shop, and the tests need no dashboards.
  const values = ['prometheus.enabled=true', 'grafana.enabled=false']
  const set = [...values.flatMap((value) => ['--set', value]), '--handler-set', 'nodePorts=false']
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

/** Removes the releases, then the objects that they keep, while the operators still see the broker, then everything else. */
export async function removeNamespace(namespace: string) {
  if (!(await namespaces()).includes(namespace)) return
  // Helm 4 lists all releases by default and has no flag for it; Helm 3 lists only deployed ones.
  const everyStatus = ['--deployed', '--failed', '--pending', '--uninstalling']
  const releases = JSON.parse(await helm('list', '-n', namespace, ...everyStatus, '-o', 'json')) as { name: string }[]
  const handlers = releases.map(({ name }) => name).filter((name) => name !== 'system')
  if (handlers.length > 0) await helm('uninstall', '-n', namespace, ...handlers)
  const topology = 'bindings.rabbitmq.com,policies.rabbitmq.com,queues.rabbitmq.com,exchanges.rabbitmq.com'
  await kubectl('delete', '-n', namespace, topology, '--all')
  if (handlers.length < releases.length) await helm('uninstall', '-n', namespace, 'system')
  await kubectl('delete', '-n', namespace, 'vhosts.rabbitmq.com,users.rabbitmq.com', '--all')
  await kubectl('delete', 'namespace', namespace)
}

/** Its output shows the progress of the set-up. */
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
