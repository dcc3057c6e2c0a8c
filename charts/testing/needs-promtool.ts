import { spawnSync } from 'node:child_process'

/**
 * For promises about alert rules, which Prometheus' own `promtool` tries. Where a program is not on PATH they are listed at the end of
 * the run, by name and with what they lack.
 */
export function needs(...programs: readonly string[]): (promise: string, run: () => void) => void {
  const missing = programs.filter((program) => spawnSync(program, ['--help']).error !== undefined)
  if (missing.length === 0) return test
  const listAsNotRun = test.skip
  return (promise) => listAsNotRun(`${promise} (needs ${missing.join(' and ')} on PATH)`, () => {})
}

/** Runs promtool; an error with all that it printed when it finds something wrong. */
export function promtool(...args: string[]): void {
  const { status, stdout, stderr } = spawnSync('promtool', args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`promtool ${args.join(' ')}\n${stdout}${stderr}`)
}
