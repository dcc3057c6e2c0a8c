import { setTimeout as pause } from 'node:timers/promises'
import { handlerOf, isReady, type TestCluster } from './test-cluster.ts'

/** The pods at one moment, by handler; handlers without pods are left out. */
interface Moment {
  /** `Date.now()` */
  readonly at: number
  readonly pods: Readonly<Record<string, { readonly there: number; readonly ready: number }>>
}

const every = 250

/** Records the pods of all handlers four times a second, until it is stopped or its test ends. */
export function recordReplicas(cluster: TestCluster): { stop(): Promise<Moment[]> } {
  const moments: Moment[] = []
  let stopped = false
  const looking = (async () => {
    for (; !stopped && !cluster.closed; await pause(every)) moments.push(await look(cluster))
  })()
  return {
    async stop() {
      stopped = true
      await looking
      return [...moments, await look(cluster)]
    },
  }
}

async function look(cluster: TestCluster): Promise<Moment> {
  const pods: Record<string, { there: number; ready: number }> = {}
  for (const pod of await cluster.pods()) {
    const handler = handlerOf(pod)
    const { there, ready } = pods[handler] ?? { there: 0, ready: 0 }
    pods[handler] = { there: there + 1, ready: ready + (isReady(pod) ? 1 : 0) }
  }
  return { at: Date.now(), pods }
}

/** Ready pods and all pods by handler: a line for each change. */
export function replicasTable(moments: readonly Moment[]): string {
  const handlers = [...new Set(moments.flatMap(({ pods }) => Object.keys(pods)))].sort()
  const start = moments[0]?.at ?? 0
  const cells = ({ pods }: Moment) =>
    handlers.map((handler) => {
      const { there = 0, ready = 0 } = pods[handler] ?? {}
      return ready === there ? String(there) : `${ready}/${there}`
    })
  const changes = moments.filter((moment, index) => {
    const previous = moments[index - 1]
    return !previous || cells(previous).join() !== cells(moment).join()
  })
  const line = (time: string, texts: readonly string[]) =>
    [time.padStart(7), ...texts.map((text, index) => text.padStart(handlers[index]!.length))].join('  ')
  return [
    line('seconds', handlers),
    ...changes.map((moment) => line(((moment.at - start) / 1_000).toFixed(1), cells(moment))),
  ].join('\n')
}
