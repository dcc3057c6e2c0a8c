import { processorSeconds, residentMegabytes } from './processor-time.ts'

/** The resources that one part of the system has used. */
export interface Share {
  readonly part: string
  readonly microsecondsPerOrder: number
  readonly megabytes: number
}

/** Measures the processor time of processes from now on, of this process without its children. */
export function startMeter(parts: ReadonlyMap<string, number>): (orders: number) => Share[] {
  const seconds = (pid: number) => (pid === process.pid ? ownSeconds() : processorSeconds(pid))
  const before = new Map([...parts].map(([part, pid]) => [part, seconds(pid)]))
  return (orders) =>
    [...parts].map(([part, pid]) => ({
      part,
      microsecondsPerOrder: Math.round(((seconds(pid) - (before.get(part) ?? 0)) * 1e6) / orders),
      megabytes: pid === process.pid ? Math.round(process.memoryUsage.rss() / 1024 ** 2) : residentMegabytes(pid),
    }))
}

function ownSeconds(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1e6
}
