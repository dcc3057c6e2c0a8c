import type { Load } from './run.ts'
import { percentile } from '../percentile.ts'

/** The result of a load as text. */
export function summary({ requests, accepted, left, retries, answers, latencies, took, cpu, file }: Load): string[] {
  const seconds = took / 1_000
  const all = [...answers].toSorted(([one], [other]) => one.localeCompare(other, 'en', { numeric: true }))
  return [
    `${number(accepted)} orders accepted in ${seconds.toFixed(1)} s, ${Math.round(accepted / seconds)} a second; ${number(left)} customers left without an order`,
    `answers    ${all.map(([answer, count]) => `${answer}: ${number(count)}`).join(', ')}; ${number(retries)} retries`,
    `latency    p50 ${ms(percentile(latencies, 50))}, p99 ${ms(percentile(latencies, 99))}, from when the request was due to its 202`,
    `driver     ${((cpu / took) * 100).toFixed(0)} % of a core for ${number(requests)} requests, ${Math.round(requests / (cpu / 1_000))} per second of CPU time`,
    `file       ${file}`,
  ]
}

function number(value: number): string {
  return value.toLocaleString('en')
}

function ms(value: number): string {
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ms`
}
