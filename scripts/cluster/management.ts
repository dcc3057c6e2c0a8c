import type { Management } from '../local/queues.ts'
import { forward, vhostOf } from './connect.ts'
import { secret, type Kubernetes } from './kubernetes.ts'

/**
 * The management API of a shop's broker for a user who may only look, through a port-forward that lasts as long as this process.
 *
 * @throws a sentence when the shop is not installed or its broker does not answer
 */
export async function managementOf(api: Kubernetes, namespace: string): Promise<Management> {
  const [{ username = '', password = '' }, vhost] = await Promise.all([
    secret(api, namespace, 'monitor-credentials'),
    vhostOf(api, namespace),
  ])
  const { port } = await forward(namespace, 'rabbit', 15672, { within: 15_000 })
  return { url: `http://localhost:${port}`, user: username, password, vhost }
}
