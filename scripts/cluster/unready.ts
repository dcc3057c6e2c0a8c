import { must } from './run-program.ts'

interface Condition {
  readonly type: string
  readonly status: string
  readonly message?: string
}

/** What the API server holds of an object that may not be ready. */
interface HeldObject {
  readonly kind: string
  readonly metadata: { readonly name: string; readonly generation?: number }
  readonly spec: { readonly replicas?: number; readonly rabbitmqClusterReference?: { readonly name: string } }
  readonly status?: {
    readonly conditions?: readonly Condition[]
    readonly observedGeneration?: number
    readonly replicas?: number
    readonly updatedReplicas?: number
    readonly availableReplicas?: number
  }
}

/** The objects of a release that are not ready, each with the reason. */
export interface Unready {
  /** The brokers that hold the release's queues. While one is down, nothing else can become ready. */
  readonly brokers: readonly string[]
  /** Queues, bindings, users and whatever else the topology operator declares. */
  readonly topology: readonly string[]
  readonly rest: readonly string[]
  /** The names of all brokers of the release. */
  readonly usedBrokers: readonly string[]
}

const topologyKinds = [
  'vhosts',
  'users',
  'exchanges',
  'queues',
  'policies',
  'bindings',
  'permissions',
  'topicpermissions',
]
const kinds = [
  ...topologyKinds.map((kind) => `${kind}.rabbitmq.com`),
  'scaledobjects.keda.sh',
  'deployments',
  'statefulsets',
]

/** Reads the objects of a release, and the brokers that they name. */
export async function unready(release: string, namespace: string): Promise<Unready> {
  const [objects, brokers] = await Promise.all([
    held(kinds.join(), namespace, '--selector', `app.kubernetes.io/instance=${release}`),
    held('rabbitmqclusters.rabbitmq.com', namespace),
  ])
  const usedBrokers = [...new Set(objects.flatMap(({ spec }) => spec.rabbitmqClusterReference?.name ?? []))]
  const reasons = (some: readonly HeldObject[]) =>
    some.flatMap((object) => {
      const reason = whyUnready(object)
      return reason === undefined ? [] : [`${object.kind} ${object.metadata.name} (${reason})`]
    })
  const declared = ({ spec }: HeldObject) => spec.rabbitmqClusterReference !== undefined
  return {
    usedBrokers,
    brokers: usedBrokers.flatMap((name) => {
      const broker = brokers.find(({ metadata }) => metadata.name === name)
      return broker ? reasons([broker]) : [`RabbitmqCluster ${name} (it does not exist yet)`]
    }),
    topology: reasons(objects.filter(declared)),
    rest: reasons(objects.filter((object) => !declared(object))),
  }
}

async function held(kinds: string, namespace: string, ...selection: string[]): Promise<readonly HeldObject[]> {
  const listed = await must(['kubectl', 'get', kinds, '--namespace', namespace, ...selection, '-o', 'json'])
  return (JSON.parse(listed) as { items: readonly HeldObject[] }).items
}

function whyUnready(object: HeldObject): string | undefined {
  if (object.kind === 'Deployment' || object.kind === 'StatefulSet') return whyNotRolledOut(object)
  // A RabbitmqCluster has no condition `Ready`.
  const wanted = object.kind === 'RabbitmqCluster' ? 'AllReplicasReady' : 'Ready'
  const condition = object.status?.conditions?.find(({ type }) => type === wanted)
  if (condition === undefined) return 'its operator has not seen it yet'
  return condition.status === 'True' ? undefined : condition.message || `${wanted} is ${condition.status}`
}

function whyNotRolledOut({ metadata, spec, status = {} }: HeldObject): string | undefined {
  const wanted = spec.replicas ?? 1
  const { observedGeneration = 0, replicas = 0, updatedReplicas = 0, availableReplicas = 0 } = status
  if (observedGeneration < (metadata.generation ?? 0)) return 'Kubernetes has not seen it yet'
  if (updatedReplicas < wanted || availableReplicas < wanted)
    return `${Math.min(updatedReplicas, availableReplicas)} of ${wanted} pods available`
  return replicas > updatedReplicas ? `${replicas - updatedReplicas} earlier pods remain` : undefined
}
