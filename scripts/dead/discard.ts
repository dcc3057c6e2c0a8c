import { closeSync, fsyncSync, mkdirSync, openSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { record } from './show.ts'
import type { Held } from './read.ts'

/** Keeps discarded messages, a line of JSON each; `bytes` is the body to the bit. */
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

/** Takes a dead letter out of its queue for good, after it was written to the archive. */
export function discard(held: Held, to: ReturnType<typeof archive>): void {
  to.write(held)
  held.ack()
}
