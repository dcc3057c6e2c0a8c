import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { alive, end, identify, type Identity } from '../servers/processes.ts'

/** Milliseconds that a process of a killed run gets to finish its deliveries. */
const patience = 3_000

/** Records each running process in a small file, so that the next run finds those that a killed run has left. */
export function runningProcesses(folder: string) {
  mkdirSync(folder, { recursive: true })
  const file = (pid: number) => join(folder, `${pid}.json`)

  return {
    /** Records a process. */
    add(pid: number): Identity | undefined {
      const identity = identify(pid)
      if (identity) writeFileSync(file(pid), JSON.stringify(identity))
      return identity
    },

    remove(pid: number): void {
      rmSync(file(pid), { force: true })
    },

    /** Ends the recorded processes that still run, but not others that have reused their ids. Returns how many it ended. */
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

/** Nothing for a file that a killed run wrote only in part. */
function read(path: string): Identity[] {
  try {
    return [JSON.parse(readFileSync(path, 'utf8')) as Identity]
  } catch {
    return []
  }
}
