import type { InVhost, Part } from '#runtime/topology/objects.ts'
import type { KubernetesObject } from './render.ts'

/** A part of the topology in its virtual host. */
export type PlacedPart = {
  readonly [Key in Exclude<keyof Part, 'users'>]: readonly InVhost<Part[Key][number]>[]
} & Pick<Part, 'users'> & { readonly vhosts: readonly { readonly name: string }[] }

/**
 * The objects that the topology operator would declare for these custom resources, in the format of RabbitMQ's `definitions.json`. Omitted
 * fields get the operator's defaults. A user's name is read from its Secret, which must be among the objects.
 *
 * @throws Error if the resources name different brokers
 */
export function topologyOf(objects: readonly KubernetesObject[]): PlacedPart {
  const resources = objects.filter(
    ({ apiVersion, kind }) => apiVersion === 'rabbitmq.com/v1beta1' && kind !== 'RabbitmqCluster',
  )
  const brokers = new Set(resources.map(({ spec }) => JSON.stringify(spec.rabbitmqClusterReference)))
  if (brokers.size > 1) throw new Error(`the resources name different brokers: ${[...brokers].join(', ')}`)

  const all = (kind: string): any[] => resources.filter((resource) => resource.kind === kind).map(({ spec }) => spec)
  const userOf = ({ user, userReference }: any) => user ?? usernameOf(objects, userReference?.name)
  return {
    vhosts: all('Vhost').map(({ name }) => ({ name })),
    users: resources
      .filter(({ kind }) => kind === 'User')
      .map(({ metadata, spec }) => ({ name: usernameOf(objects, metadata.name), tags: spec.tags ?? [] })),
    permissions: all('Permission').map((spec) => ({
      vhost: spec.vhost,
      user: userOf(spec),
      configure: spec.permissions.configure ?? '',
      write: spec.permissions.write ?? '',
      read: spec.permissions.read ?? '',
    })),
    topic_permissions: all('TopicPermission').map((spec) => ({
      vhost: spec.vhost,
      user: userOf(spec),
      exchange: spec.permissions.exchange,
      write: spec.permissions.write ?? '',
      read: spec.permissions.read ?? '',
    })),
    exchanges: all('Exchange').map((spec) => ({
      vhost: spec.vhost ?? '/',
      name: spec.name,
      type: spec.type ?? 'direct',
      durable: spec.durable ?? false,
      auto_delete: spec.autoDelete ?? false,
      internal: false,
      arguments: spec.arguments ?? {},
    })),
    queues: all('Queue').map((spec) => ({
      vhost: spec.vhost ?? '/',
      name: spec.name,
      durable: spec.durable ?? false,
      auto_delete: spec.autoDelete ?? false,
      arguments: { ...(spec.type && { 'x-queue-type': spec.type }), ...spec.arguments },
    })),
    bindings: all('Binding').map((spec) => ({
      vhost: spec.vhost ?? '/',
      source: spec.source ?? '',
      destination: spec.destination,
      destination_type: spec.destinationType,
      routing_key: spec.routingKey ?? '',
      arguments: spec.arguments ?? {},
    })),
    policies: all('Policy').map((spec) => ({
      vhost: spec.vhost ?? '/',
      name: spec.name,
      pattern: spec.pattern,
      'apply-to': spec.applyTo ?? 'all',
      priority: spec.priority ?? 0,
      definition: spec.definition,
    })),
  }
}

/** Places a part of the topology in a virtual host, in the format of `topologyOf`; `vhosts` are those that the part itself declares. */
export function placed(part: Part, vhost: string, vhosts: readonly string[] = []): PlacedPart {
  const here = (list: readonly object[]): any[] => list.map((object) => ({ vhost, ...object }))
  return {
    vhosts: vhosts.map((name) => ({ name })),
    users: part.users,
    permissions: here(part.permissions),
    topic_permissions: here(part.topic_permissions),
    exchanges: here(part.exchanges),
    queues: here(part.queues),
    bindings: here(part.bindings),
    policies: here(part.policies),
  }
}

/** One sentence for each object that only one of the two contains, regardless of order; a changed object appears on both sides. */
export function differences(wanted: PlacedPart, rendered: PlacedPart): string[] {
  const without = (one: PlacedPart, other: PlacedPart, verdict: string) =>
    (Object.keys(wanted) as (keyof PlacedPart)[]).flatMap((key) => {
      const rest = other[key].map(canonical)
      return one[key].map(canonical).flatMap((object) => {
        const found = rest.indexOf(object)
        if (found === -1) return [`${key}: ${verdict} ${object}`]
        rest.splice(found, 1)
        return []
      })
    })
  return [...without(wanted, rendered, 'missing'), ...without(rendered, wanted, 'too much')]
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    inner !== null && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([one], [other]) => (one < other ? -1 : 1)))
      : inner,
  )
}

function usernameOf(objects: readonly KubernetesObject[], userName: string): string {
  const user = objects.find(({ kind, metadata }) => kind === 'User' && metadata.name === userName)
  const secretName = user?.spec.importCredentialsSecret?.name
  const secret = objects.find(({ kind, metadata }) => kind === 'Secret' && metadata.name === secretName)
  const name = secret?.stringData?.username ?? secret?.data?.username
  if (name === undefined) throw new Error(`the user ${userName} has no Secret ${secretName} with a username`)
  return secret?.stringData?.username ?? Buffer.from(name, 'base64').toString()
}
