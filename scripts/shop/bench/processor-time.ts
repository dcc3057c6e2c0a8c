import { readdirSync, readFileSync } from 'node:fs'

const ticksPerSecond = 100

/** Seconds of processor time that a process and its living descendants have used (Linux only). */
export function processorSeconds(pid: number): number {
  return familyOf(pid).reduce((sum, member) => sum + ownSeconds(member), 0)
}

/** Resident memory of a process and its descendants, in MB. Pages that they share count for each of them. */
export function residentMegabytes(pid: number): number {
  const kilobytes = familyOf(pid).map((member) =>
    Number(/VmRSS:\s+(\d+)/.exec(read(`/proc/${member}/status`))?.[1] ?? 0),
  )
  return Math.round(kilobytes.reduce((sum, each) => sum + each, 0) / 1024)
}

function familyOf(pid: number): number[] {
  const parents = new Map<number, number[]>()
  for (const name of readdirSync('/proc').filter((each) => /^\d+$/.test(each))) {
    const parent = Number(statOf(Number(name))[1])
    parents.set(parent, [...(parents.get(parent) ?? []), Number(name)])
  }
  const family = [pid]
  for (const member of family) family.push(...(parents.get(member) ?? []))
  return family
}

/** User and system time, including children that have ended: PostgreSQL's backends come and go. */
function ownSeconds(pid: number): number {
  const fields = statOf(pid)
  return [11, 12, 13, 14].reduce((sum, index) => sum + Number(fields[index] ?? 0), 0) / ticksPerSecond
}

/** Fields of /proc/<pid>/stat from the third one on: the second may contain spaces. */
function statOf(pid: number): string[] {
  return read(`/proc/${pid}/stat`)
    .replace(/^.*\) /s, '')
    .split(' ')
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
