import { spawnSync } from 'node:child_process'

const missing = spawnSync('helm', ['version']).error !== undefined

/** A test of a chart. Without `helm` on PATH it is skipped, and listed at the end of the run with its name and the missing program. */
export function chartTest(promise: string, run: () => void | Promise<void>): void {
  const listAsNotRun = test.skip
  if (missing) listAsNotRun(`${promise} (needs helm on PATH)`, () => {})
  else test(promise, async () => run())
}
