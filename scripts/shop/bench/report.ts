import { table } from '../../cli/table.ts'
import type { ColdStart } from './cold-start.ts'
import type { Share } from './meter.ts'
import { percentile } from '../percentile.ts'

/** The figures of one way of running the checkout. */
export interface Result {
  readonly what: string
  readonly orders: number
  readonly ordersPerSecond: number
  readonly p50: number
  readonly p99: number
  readonly shares: readonly Share[]
}

export function describeResult({ what, orders, ordersPerSecond, p50, p99, shares }: Result): string {
  const total = shares.reduce((sum, { microsecondsPerOrder }) => sum + microsecondsPerOrder, 0)
  const rows = [...shares]
    .sort((one, other) => other.microsecondsPerOrder - one.microsecondsPerOrder)
    .map(({ part, microsecondsPerOrder, megabytes }) => [part, microsecondsPerOrder, megabytes])
  return [
    `${what}: ${ordersPerSecond} orders/s over ${orders} orders, p50 ${p50} ms, p99 ${p99} ms, ${total} µs of processor time an order`,
    ...table(['part', 'µs/order', 'MB'], rows).map((line) => `  ${line}`),
  ].join('\n')
}

export function describeColdStarts(starts: readonly ColdStart[]): string {
  const times = starts.map(({ milliseconds }) => milliseconds).sort((one, other) => one - other)
  const sizes = starts.map(({ megabytes }) => megabytes).sort((one, other) => one - other)
  const [middle, slowest] = [percentile(times, 50), times.at(-1) ?? 0]
  return `spawn → first message handled: median ${middle.toFixed(0)} ms, slowest ${slowest.toFixed(0)} ms of ${starts.length}; then ${percentile(sizes, 50)} MB`
}
