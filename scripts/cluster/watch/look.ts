import { consumes, queueNames } from '#runtime/topology/index.ts'
import type { LastError } from '../../inspect/last-error.ts'
import { totalsOf, type QueueTotals } from '../../inspect/queues.ts'
import { ifFound, type Kubernetes } from '../kubernetes.ts'
import { lastReason, type ScalingEvent } from './reason.ts'
import type { Row } from './row.ts'
import { scalerState, type ScaledObject } from './scaler-state.ts'

/** The fields of a Deployment that are read. */
interface Deployment {
  readonly metadata?: { readonly name?: string }
  readonly spec?: { readonly replicas?: number }
  readonly status?: { readonly readyReplicas?: number }
}

/** The handlers of a namespace according to the API server. */
export interface Seen {
  readonly deployments: readonly Deployment[]
  readonly scaledObjects: readonly ScaledObject[]
  readonly events: readonly ScalingEvent[]
}

/** Reads the handlers of a namespace from the API server. */
export async function look({ apps, core, custom }: Kubernetes, namespace: string): Promise<Seen> {
  const eventsOf = (kind: string) =>
    core.listNamespacedEvent({ namespace, fieldSelector: `involvedObject.kind=${kind}` })
  const [deployments, scaledObjects, ...events] = await Promise.all([
    apps.listNamespacedDeployment({ namespace, labelSelector: 'app.kubernetes.io/component=handler' }),
    // A cluster without KEDA has no such kind.
    ifFound(
      custom.listNamespacedCustomObject({
        group: 'keda.sh',
        version: 'v1alpha1',
        namespace,
        plural: 'scaledobjects',
      }),
    ),
    eventsOf('ScaledObject'),
    eventsOf('HorizontalPodAutoscaler'),
  ])
  return {
    deployments: deployments.items,
    scaledObjects: (scaledObjects as { items: ScaledObject[] } | undefined)?.items ?? [],
    events: events.flatMap(({ items }) => items),
  }
}

/**
 * A row for each handler, by name. Pure.
 *
 * @param queues `undefined` while the broker does not answer
 * @param errors the last error of each handler
 */
export function rowsOf(
  { deployments, scaledObjects, events }: Seen,
  queues: ReadonlyMap<string, QueueTotals> | undefined,
  errors: ReadonlyMap<string, LastError> = new Map(),
): Row[] {
  return deployments
    .map(({ metadata, spec, status }): Row => {
      const handler = metadata?.name ?? ''
      const scaled = scaledObjects.find((each) => each.spec.scaleTargetRef.name === handler)
      const work = [...(queues?.keys() ?? [])].filter((name) => consumes(handler, name))
      const queue = totalsOf(queues, work)
      const dead = totalsOf(queues, queueNames({ name: handler }, 'dead-letters'))
      return {
        handler,
        ready: status?.readyReplicas ?? 0,
        replicas: spec?.replicas ?? 0,
        queued: queue?.ready,
        inFlight: queue?.unacknowledged,
        dead: dead && dead.ready + dead.unacknowledged,
        scaler: scalerState(scaled),
        last: scaled && lastReason(events, scaled.metadata.name, `keda-hpa-${scaled.metadata.name}`),
        lastError: errors.get(handler),
      }
    })
    .toSorted((one, other) => one.handler.localeCompare(other.handler))
}
