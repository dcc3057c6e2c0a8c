import { lastErrorIn, type LastError } from '../../inspect/last-error.ts'
import type { Kubernetes } from '../kubernetes.ts'

/** Milliseconds between two readings of the logs. */
const every = 5_000
/** What is read of each pod's log at once. */
const most = { tailLines: 500, limitBytes: 256 * 1024 }
const name = 'app.kubernetes.io/name'

/** Follows the last error in the logs of each handler's pods. A pod whose log cannot be read, or a user who may not, has none. */
export function lastErrorsOf(
  { core }: { core: Pick<Kubernetes['core'], 'listNamespacedPod' | 'readNamespacedPodLog'> },
  namespace: string,
) {
  const found = new Map<string, LastError>()
  /** The pods that have been read before: of those, what came since then is enough. */
  let known = new Set<string>()
  let began = -Infinity
  let reading: Promise<void> | undefined

  async function read() {
    const { items } = await core.listNamespacedPod({ namespace, labelSelector: 'app.kubernetes.io/component=handler' })
    const pods = items.flatMap(({ metadata }) => metadata?.name ?? [])
    const errors = await Promise.all(pods.map(errorOf))
    known = new Set(pods)
    items.forEach(({ metadata }, index) => {
      const handler = metadata?.labels?.[name] ?? ''
      const [before, error] = [found.get(handler), errors[index]]
      if (error && !(before && before.at > error.at)) found.set(handler, error)
    })
  }

  async function errorOf(pod: string): Promise<LastError | undefined> {
    // A little more than the time between two readings: an error that is found twice is the same.
    const since = known.has(pod) ? { sinceSeconds: (2 * every) / 1_000 } : {}
    const text = await core.readNamespacedPodLog({ name: pod, namespace, ...most, ...since }).catch(() => '')
    return lastErrorIn(text.split('\n'), new Date())
  }

  return {
    /** By handler. */
    found: found as ReadonlyMap<string, LastError>,
    /** Reads the logs, unless that is under way or was a moment ago. */
    refresh(now = performance.now()): Promise<void> {
      if (reading || now - began < every) return reading ?? Promise.resolve()
      began = now
      reading = read()
        .catch(() => undefined)
        .finally(() => (reading = undefined))
      return reading
    },
  }
}
