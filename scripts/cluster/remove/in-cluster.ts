import { setTimeout as pause } from 'node:timers/promises'
import { readQueues, type Management } from '../../inspect/queues.ts'
import { ifFound, type Kubernetes } from '../kubernetes.ts'
import type { KeptObject, Leftovers } from './leftovers.ts'

const rabbitmq = { group: 'rabbitmq.com', version: 'v1beta1' }

/** The API group of each kind that the chart keeps. */
const places: Readonly<Record<string, { group: string; version: string; plural: string }>> = {
  Queue: { ...rabbitmq, plural: 'queues' },
  Binding: { ...rabbitmq, plural: 'bindings' },
  Policy: { ...rabbitmq, plural: 'policies' },
  User: { ...rabbitmq, plural: 'users' },
  Permission: { ...rabbitmq, plural: 'permissions' },
  TopicPermission: { ...rabbitmq, plural: 'topicpermissions' },
  NetworkPolicy: { group: 'networking.k8s.io', version: 'v1', plural: 'networkpolicies' },
}

/** Milliseconds: twice the broker's default interval of 5 s between two counts. */
const longestCount = 10_000

/** The objects that a handler has left in a namespace, found by the release label of the chart. */
export function leftoversIn(
  { core, custom }: Kubernetes,
  namespace: string,
  handler: string,
  management: Management,
): Leftovers {
  const labelSelector = `app.kubernetes.io/instance=${handler}`
  const placeOf = (kind: string) => {
    const place = places[kind]
    if (!place) throw new Error(`${kind} is not a kind that charts/handler keeps`)
    return { ...place, namespace }
  }
  const path = ({ kind, metadata: { name } }: KeptObject) => ({ ...placeOf(kind), name })

  return {
    async installed() {
      const { items } = await core.listNamespacedSecret({ namespace, labelSelector: `owner=helm,name=${handler}` })
      // `helm uninstall --keep-history` keeps the record, marked as uninstalled.
      return items.some(({ metadata }) => metadata?.labels?.['status'] !== 'uninstalled')
    },
    async kept() {
      const listed = await Promise.all(
        Object.keys(places).map(async (kind) => {
          const found = await ifFound(custom.listNamespacedCustomObject({ ...placeOf(kind), labelSelector }))
          return ((found as { items: KeptObject[] } | undefined)?.items ?? []).map((item) => ({ ...item, kind }))
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
      const isThere = (object: KeptObject) => ifFound(custom.getNamespacedCustomObject(path(object)))
      // The operator releases an object once the broker has removed its counterpart.
      for (const object of objects) while (await isThere(object)) await pause(200)
    },
    async restore(objects) {
      for (const { kind, metadata, spec } of objects) {
        const { name, labels, annotations } = metadata
        const { group, version } = placeOf(kind)
        const body = { apiVersion: `${group}/${version}`, kind, metadata: { name, labels, annotations }, spec }
        await custom.createNamespacedCustomObject({ ...placeOf(kind), body })
      }
    },
    async removeSecret(name) {
      await ifFound(core.deleteNamespacedSecret({ namespace, name }))
    },
  }
}
