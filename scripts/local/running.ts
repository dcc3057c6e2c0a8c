import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { alive, end, identify, type Identity } from '../servers/processes.ts'

/** Milliseconds that a process of a killed start gets to finish what it holds. */
const patience = 3_000

/** The record of the processes that run now: one small file each, so that the next start finds what a killed one left. */
export function runningProcesses(folder: string) {
  mkdirSync(folder, { recursive: true })
  const file = (pid: number) => join(folder, `${pid}.json`)

  return {
    /** Records a process that has just been started. */
    add(pid: number): Identity | undefined {
      const identity = identify(pid)
      if (identity) writeFileSync(file(pid), JSON.stringify(identity))
      return identity
    },

    remove(pid: number): void {
      rmSync(file(pid), { force: true })
    },

    /** Ends recorded processes that still run; ids that somebody else has got since are left alone. Returns how many ended. */
    async endAll(): Promise<number> {
      const recorded = readdirSync(folder).flatMap((name) => read(join(folder, name)))
      const ours = recorded.filter(alive)
      await Promise.all(ours.map((process) => end(process, 'SIGTERM', { within: patience })))
      for (const name of readdirSync(folder)) rmSync(join(folder, name), { force: true })
      return ours.length
    },
  }
}

export type RunningProcesses = ReturnType<typeof runningProcesses>

/** Nothing for a file that a killed start left half written. */
function read(path: string): Identity[] {
  try {
    return [JSON.parse(readFileSync(path, 'utf8')) as Identity]
  } catch {
    return []
  }
}
