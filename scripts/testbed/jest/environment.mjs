import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { TestEnvironment } from 'jest-environment-node'

/** Fails a test file that leaves a process behind, and ends the process. Looks only where there is /proc. */
export default class LeakEnvironment extends TestEnvironment {
  before = children()

  async handleTestEvent({ name }, state) {
    if (name !== 'run_finish') return
    const left = children().filter(({ pid }) => !this.before.some((child) => child.pid === pid))
    for (const { pid } of left) process.kill(pid, 'SIGKILL')
    if (left.length === 0) return
    const names = left.map(({ pid, program }) => `${program} (${pid})`).join(', ')
    state.unhandledErrors.push(
      new Error(`this file left processes behind: ${names}. Close in afterAll what it starts.`),
    )
  }
}

/** The processes that this one has started and that run. The bundler's own one stays for the next bundle. */
function children() {
  if (!existsSync('/proc/self/task')) return []
  return readdirSync('/proc/self/task')
    .flatMap((thread) => read(`/proc/self/task/${thread}/children`).split(' '))
    .filter((pid) => pid !== '')
    .map((pid) => ({ pid: Number(pid), ...describe(pid) }))
    .filter(({ program, state }) => program !== undefined && program !== 'esbuild' && state !== 'Z')
}

function describe(pid) {
  const [, program, state] = /\((.*)\) (\S)/s.exec(read(`/proc/${pid}/stat`)) ?? []
  return { program, state }
}

/** Threads and processes may end while they are looked at. */
function read(file) {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
