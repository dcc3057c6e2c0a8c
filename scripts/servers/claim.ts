import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { alive, identify, type Identity } from './processes.ts'

/** A process that has claimed a folder. */
interface Claimant extends Identity {
  /** Whether it is about to end and to release the folder. */
  readonly ends?: boolean
}

/**
 * Claims a data folder for this process, so that two programs never start servers on the same data. A claim ends with its process,
 * even if that was killed.
 *
 * @returns false if another running process has claimed it
 */
export function claim(folder: string): boolean {
  mkdirSync(folder, { recursive: true })
  const me = JSON.stringify(identify(process.pid))
  const file = claimFile(folder)
  for (;;) {
    try {
      writeFileSync(file, me, { flag: 'wx' })
      return true
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
    const owner = claimant(folder)
    if (owner) return owner.pid === process.pid
    rmSync(file, { force: true })
  }
}

/** The running process that has claimed the folder. */
export function claimant(folder: string): Claimant | undefined {
  try {
    const owner = JSON.parse(readFileSync(claimFile(folder), 'utf8')) as Claimant
    return alive(owner) ? owner : undefined
  } catch {
    return undefined
  }
}

/** Lets others know that this process, which has claimed the folder, is about to end. */
export function announceEnd(folder: string): void {
  if (claimant(folder)?.pid !== process.pid) return
  const draft = `${claimFile(folder)}.${process.pid}`
  writeFileSync(draft, JSON.stringify({ ...identify(process.pid), ends: true }))
  renameSync(draft, claimFile(folder))
}

/**
 * Claims a folder, and waits for another program that has claimed it to end.
 *
 * @param within milliseconds to wait
 * @throws an error that names the other process if it does not end in time
 */
export async function claimFolder(
  folder: string,
  { within = 10_000, signal }: { within?: number; signal?: AbortSignal | undefined } = {},
): Promise<void> {
  const deadline = Date.now() + within
  while (!claim(folder)) {
    if (Date.now() > deadline) {
      throw new Error(
        `${folder} is in use by process ${claimant(folder)?.pid}: stop that program first, or run this one in a copy of the system.`,
      )
    }
    await pause(50, undefined, { ...(signal && { signal }) })
  }
}

export function release(folder: string) {
  rmSync(claimFile(folder), { force: true })
}

const claimFile = (folder: string) => join(folder, 'claimed-by.json')
