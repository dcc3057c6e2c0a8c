import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { alive, identify, type Identity } from './processes.ts'

/**
 * Takes a data folder for this process alone, so that two programs never start servers on the same data.
 * A claim ends with its process, however that ended.
 *
 * @returns false when another living process has it
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

/** The living process that has the folder. */
export function claimant(folder: string): Identity | undefined {
  try {
    const owner = JSON.parse(readFileSync(claimFile(folder), 'utf8')) as Identity
    return alive(owner) ? owner : undefined
  } catch {
    return undefined
  }
}

/** Claims, or throws a sentence that says who has it. */
export function claimFolder(folder: string) {
  if (claim(folder)) return
  throw new Error(
    `${folder} is in use by process ${claimant(folder)?.pid}: end that program first, or run this one in a clone of its own.`,
  )
}

export function release(folder: string) {
  rmSync(claimFile(folder), { force: true })
}

const claimFile = (folder: string) => join(folder, 'claimed-by.json')
