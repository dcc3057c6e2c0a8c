import { closeSync, fsyncSync, mkdirSync, openSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { record } from './show.ts'
import type { Held } from '#runtime/redrive/read.ts'

/** A file of discarded messages, one JSON object per line; `bytes` is the exact body in base64. */
export function archive(path: string) {
  mkdirSync(dirname(path), { recursive: true })
  const file = openSync(path, 'a', 0o600)
  return {
    /** On disk when this returns. */
    write(held: Held): void {
      const bytes = held.message.content.toString('base64')
      writeSync(file, `${JSON.stringify({ discardedAt: new Date(), ...record(held), bytes })}\n`)
      fsyncSync(file)
    },
    close: () => closeSync(file),
  }
}

/** Removes a dead letter from its queue for good, after writing it to the archive. */
export async function discard(held: Held, to: ReturnType<typeof archive>): Promise<void> {
  to.write(held)
  await held.ack()
}
