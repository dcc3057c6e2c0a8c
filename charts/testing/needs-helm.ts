import { spawnSync } from 'node:child_process'

const missing = spawnSync('helm', ['version']).error !== undefined

/** A promise about a chart. Where `helm` is not on PATH it is listed at the end of the run, by name and with what it lacks. */
export function chartTest(promise: string, run: () => void | Promise<void>): void {
  const listAsNotRun = test.skip
  if (missing) listAsNotRun(`${promise} (needs helm on PATH)`, () => {})
  else test(promise, async () => run())
}
