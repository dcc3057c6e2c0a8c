import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { announceEnd, claimant, claimFolder, release } from '../servers/claim.ts'
import { runningProcesses, type RunningProcesses } from './running.ts'
import { localSecrets } from './secrets.ts'
import type { Teardown } from './teardown.ts'

/** Milliseconds that a start waits for one that is ending: its handlers finish their deliveries first. */
const patience = 60_000

/** The folder in which `npm start` keeps everything: data, logs, mails, passwords. */
interface DataFolder {
  readonly running: RunningProcesses
  /** The password or key of a name: created on first use, the same from then on. */
  readonly secret: (name: string) => string
  readonly mails: string
  /** Contains the logs of this run only; those of the runs before it are in `logs.1` (the last one) to `logs.3`. */
  readonly logs: string
}

/**
 * Claims the folder for this process, and ends the processes that a killed run has left in it.
 *
 * @throws an error that names the other process if one has claimed the folder and is not ending
 */
export async function openDataFolder(
  folder: string,
  report: (sentence: string) => void,
  teardown: Teardown,
  signal: AbortSignal,
): Promise<DataFolder> {
  const other = claimant(folder)
  if (other && !other.ends)
    throw new Error(`npm start already runs here (process ${other.pid}): press Ctrl-C in its terminal`)
  if (other) report(`Waiting for process ${other.pid} to end …`)
  await claimFolder(folder, { within: patience, signal })
  signal.addEventListener('abort', () => announceEnd(folder))
  teardown.add({ stop: () => release(folder) })

  const running = runningProcesses(join(folder, 'running'))
  const ended = await running.endAll()
  if (ended > 0) report(`Ended ${ended} processes that a killed run had left.`)

  const logs = join(folder, 'logs')
  keepEarlier(logs)
  mkdirSync(logs)
  return { running, logs, mails: join(folder, 'mails'), secret: localSecrets(folder) }
}

/** Moves the logs of the last runs on by one, and removes the oldest. */
function keepEarlier(logs: string) {
  const places = [logs, `${logs}.1`, `${logs}.2`, `${logs}.3`]
  rmSync(places.at(-1)!, { recursive: true, force: true })
  for (const [index, place] of [...places.entries()].toReversed()) {
    const next = places[index + 1]
    if (next !== undefined && existsSync(place)) renameSync(place, next)
  }
}
