import { mkdtempSync, rmSync } from 'node:fs'
import { CoreV1Api, KubeConfig, type V1ObjectMeta, type V1Pod } from '@kubernetes/client-node'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { until } from '../../../testbed/until.ts'
import { wholeShop, type Shop } from '../../../shop/shop.ts'
import { connectSystem } from '../../../cluster/connect.ts'
import { kubectl, objects } from '../../../cluster/testing/commands.ts'
import { testNamespace } from '../../../cluster/testing/namespace.ts'

/** The installed shop for tests, through port-forwards and the API server. */
export interface TestCluster {
  readonly namespace: string
  readonly shop: Shop
  /** A folder for what the test writes. */
  readonly folder: string
  /** Pods of a handler, or of all handlers without a name; terminating pods are left out. */
  pods(handler?: string): Promise<V1Pod[]>
  /** Waits until every handler that scales to zero has no pod. */
  asleep(within?: number): Promise<void>
  readonly closed: boolean
  close(): Promise<void>
}

export async function openCluster(): Promise<TestCluster> {
  const namespace = testNamespace()
  const folder = mkdtempSync(join(tmpdir(), 'warren-cluster-'))
  const connected = await connectSystem({ namespace, data: folder })
  const configuration = new KubeConfig()
  configuration.loadFromDefault()
  const api = configuration.makeApiClient(CoreV1Api)

  let closed = false
  const cluster: TestCluster = {
    get closed() {
      return closed
    },
    namespace,
    shop: wholeShop(connected.system),
    folder,
    async pods(handler) {
      const name = handler === undefined ? '' : `,app.kubernetes.io/name=${handler}`
      const labelSelector = `app.kubernetes.io/component=handler${name}`
      const { items } = await api.listNamespacedPod({ namespace, labelSelector })
      return items.filter(({ metadata, spec }) => !metadata?.deletionTimestamp && spec?.restartPolicy === 'Always')
    },
    async asleep(within = 240_000) {
      const scaled = await objects(namespace, 'scaledobjects.keda.sh')
      const names = scaled.filter(({ spec }) => spec.minReplicaCount === 0).map(({ metadata }) => metadata.name)
      expect(names.length).toBeGreaterThan(0)
      await until(async () => (await cluster.pods()).every((pod) => !names.includes(handlerOf(pod))), {
        within,
      })
    },
    async close() {
      closed = true
      await connected.close()
      rmSync(folder, { recursive: true })
    },
  }
  return cluster
}

export function handlerOf({ metadata }: { metadata?: V1ObjectMeta }): string {
  return metadata?.labels?.['app.kubernetes.io/name'] ?? ''
}

/** Whether a pod or a custom resource has the condition `Ready`. */
export function isReady({ status }: { status?: { conditions?: { type: string; status: string }[] } }): boolean {
  return status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false
}

/** The values of a Secret. */
export async function secret(namespace: string, name: string): Promise<Record<string, string>> {
  const { data = {} } = JSON.parse(await kubectl('get', 'secret', name, '-n', namespace, '-o', 'json')) as {
    data?: Record<string, string>
  }
  return Object.fromEntries(
    Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString('utf8')]),
  )
}

/** The database of a handler, as its own role. */
export async function databaseUrl({ namespace, shop }: TestCluster, handler: string): Promise<string> {
  const url = new URL(Object.values(shop.databases)[0]!)
  url.username = handler
  url.password = (await secret(namespace, `${handler}-credentials`))['database-password'] ?? ''
  url.pathname = `/${handler}`
  return url.toString()
}
