import type { Management } from '../inspect/queues.ts'
import { vhostOf } from './connect.ts'
import { forward } from './forward.ts'
import { brokerIdentity, secret, type Kubernetes } from './kubernetes.ts'

/**
 * The management API of a system's broker for a read-only user, through a port-forward that lasts as long as this process.
 *
 * @throws a sentence when the system is not installed or its broker does not answer
 */
export async function managementOf(api: Kubernetes, namespace: string): Promise<Management> {
  const [{ username = '', password = '' }, vhost, identity] = await Promise.all([
    secret(api, namespace, 'monitor-credentials'),
    vhostOf(api, namespace),
    brokerIdentity(api, namespace),
  ])
  const { port } = await forward(namespace, 'rabbit', identity ? 15671 : 15672, {
    within: 15_000,
    ...(identity && { identity }),
  })
  return { url: `http://localhost:${port}`, user: username, password, vhost }
}
