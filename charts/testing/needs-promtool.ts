import { spawnSync } from 'node:child_process'

/**
 * A test that runs Prometheus's `promtool` on alert rules. If a program is not on PATH, the test is skipped, and listed at the end of the
 * run with its name and the missing program.
 */
export function needs(...programs: readonly string[]): (promise: string, run: () => void) => void {
  const missing = programs.filter((program) => spawnSync(program, ['--help']).error !== undefined)
  if (missing.length === 0) return test
  const listAsNotRun = test.skip
  return (promise) => listAsNotRun(`${promise} (needs ${missing.join(' and ')} on PATH)`, () => {})
}

/** Runs promtool. Throws an error with its whole output if it reports a problem. */
export function promtool(...args: string[]): void {
  const { status, stdout, stderr } = spawnSync('promtool', args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`promtool ${args.join(' ')}\n${stdout}${stderr}`)
}
