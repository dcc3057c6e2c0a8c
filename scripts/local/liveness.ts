import type { Replica } from './replica.ts'
import { ask } from '../inspect/metrics.ts'

/** As in the chart: the kubelet kills the container after six failures in a row, five seconds apart. */
const probe = { period: 5_000, timeout: 3_000, failureThreshold: 6 }

/**
 * Kills processes that no longer respond to `/live`, as the kubelet does: nothing else ends an infinite loop.
 * It counts probes, not time, so that a laptop that wakes up from sleep does not kill every process.
 *
 * @param replicas the processes to probe
 * @returns a function that stops probing
 */
export function watchLiveness(
  replicas: () => readonly Replica[],
  report: (sentence: string) => void,
  { period, timeout, failureThreshold } = probe,
): () => void {
  const failures = new WeakMap<Replica, number>()

  async function look(replica: Replica) {
    const { metricsPort } = replica
    if (metricsPort === undefined) return
    const alive = (await ask(metricsPort, '/live', timeout)) !== undefined
    const inARow = alive ? 0 : (failures.get(replica) ?? 0) + 1
    failures.set(replica, inARow)
    if (inARow !== failureThreshold || replica.leaving) return
    const silence = `${(inARow * period) / 1_000} s`
    report(
      `${replica.program.handler}: process ${replica.pid} has not responded to /live for ${silence} and is killed.`,
    )
    replica.kill()
  }

  const timer = setInterval(() => {
    for (const replica of replicas()) void look(replica)
  }, period)
  return () => clearInterval(timer)
}
