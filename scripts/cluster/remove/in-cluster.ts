import { setTimeout as pause } from 'node:timers/promises'
import { readQueues, type Management } from '../../local/queues.ts'
import { ifFound, type Kubernetes } from '../kubernetes.ts'
import type { Leftovers, TopologyObject } from './leftovers.ts'

const group = { group: 'rabbitmq.com', version: 'v1beta1' }
const plurals: Readonly<Record<string, string>> = { Queue: 'queues', Binding: 'bindings', Policy: 'policies' }

/** The broker counts every 5 s unless told otherwise; twice that, in milliseconds. */
const longestCount = 10_000

/** What is left of a handler in a namespace, by the label that the chart gives everything of a release. */
export function leftoversIn(
  { core, custom }: Kubernetes,
  namespace: string,
  handler: string,
  management: Management,
): Leftovers {
  const labelSelector = `app.kubernetes.io/instance=${handler}`
  const path = ({ kind, metadata: { name } }: TopologyObject) => ({
    ...group,
    namespace,
    plural: plurals[kind] ?? '',
    name,
  })

  return {
    async installed() {
      const { items } = await core.listNamespacedSecret({ namespace, labelSelector: `owner=helm,name=${handler}` })
      // `helm uninstall --keep-history` keeps the record and says so in it.
      return items.some(({ metadata }) => metadata?.labels?.['status'] !== 'uninstalled')
    },
    async topology() {
      const listed = await Promise.all(
        Object.entries(plurals).map(async ([kind, plural]) => {
          const found = await ifFound(custom.listNamespacedCustomObject({ ...group, namespace, plural, labelSelector }))
          return ((found as { items: TopologyObject[] } | undefined)?.items ?? []).map((item) => ({ ...item, kind }))
        }),
      )
      return listed.flat()
    },
    async secrets() {
      const { items } = await core.listNamespacedSecret({ namespace, labelSelector })
      return items.map(({ metadata }) => metadata?.name ?? '')
    },
    async messages() {
      const totals = await readQueues(management)
      return new Map([...totals].map(([name, { ready, unacknowledged }]) => [name, ready + unacknowledged]))
    },
    counted: () => pause(longestCount),
    async remove(objects) {
      await Promise.all(objects.map((object) => ifFound(custom.deleteNamespacedCustomObject(path(object)))))
      const isThere = (object: TopologyObject) => ifFound(custom.getNamespacedCustomObject(path(object)))
      // The operator lets an object go when the broker has removed what it stands for.
      for (const object of objects) while (await isThere(object)) await pause(200)
    },
    async restore(objects) {
      for (const { kind, metadata, spec } of objects) {
        const { name, labels, annotations } = metadata
        const body = { apiVersion: 'rabbitmq.com/v1beta1', kind, metadata: { name, labels, annotations }, spec }
        const { plural } = path({ kind, metadata, spec })
        await custom.createNamespacedCustomObject({ ...group, namespace, plural, body })
      }
    },
    async removeSecret(name) {
      await ifFound(core.deleteNamespacedSecret({ namespace, name }))
    },
  }
}
