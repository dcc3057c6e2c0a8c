import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { claimFolder, release } from '../servers/claim.ts'
import { runningProcesses, type RunningProcesses } from './running.ts'
import { localSecrets } from './secrets.ts'
import type { Teardown } from './teardown.ts'

/** The one folder in which a start keeps everything: data, logs, mails, passwords. */
export interface DataFolder {
  readonly running: RunningProcesses
  /** A password or key by its name: made once, the same ever after. */
  readonly secret: (name: string) => string
  readonly mails: string
  /** Of this start only. */
  readonly logs: string
}

/**
 * Takes the folder for this start alone, and ends what a killed one has left running.
 *
 * @throws a sentence when another start has it and does not end
 */
export async function openDataFolder(
  folder: string,
  report: (sentence: string) => void,
  teardown: Teardown,
): Promise<DataFolder> {
  await claimFolder(folder)
  teardown.add({ stop: () => release(folder) })

  const running = runningProcesses(join(folder, 'running'))
  const ended = await running.endAll()
  if (ended > 0) report(`Ended ${ended} processes that a killed start had left.`)

  const logs = join(folder, 'logs')
  rmSync(logs, { recursive: true, force: true })
  mkdirSync(logs, { recursive: true })
  return { running, logs, mails: join(folder, 'mails'), secret: localSecrets(folder) }
}
