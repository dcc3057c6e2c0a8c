import type { Replica } from './replica.ts'
import { ask } from '../inspect/metrics.ts'

/** The probe of the chart: six failures in a row, five seconds apart, and the kubelet ends the container. */
const probe = { period: 5_000, timeout: 3_000, failureThreshold: 6 }

/**
 * Ends processes that no longer answer `/live`, as the kubelet does: a loop that never ends is ended by nothing else.
 * Looks are counted, not time, so that a laptop that slept does not end everybody.
 *
 * @param replicas the processes to look at
 * @returns stops looking
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
    report(`${replica.program.handler}: process ${replica.pid} has not answered /live for ${silence} and is ended.`)
    replica.kill()
  }

  const timer = setInterval(() => {
    for (const replica of replicas()) void look(replica)
  }, period)
  return () => clearInterval(timer)
}
