import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'

/** Identifies a process for a later program: ids are reused, but not together with the same start time. */
export interface Identity {
  readonly pid: number
  readonly started: string
}

/** The process that has this id now; undefined if there is none. */
export function identify(pid: number): Identity | undefined {
  try {
    const started = process.platform === 'linux' ? startedOnLinux(pid) : startedElsewhere(pid)
    return started ? { pid, started } : undefined
  } catch {
    return undefined
  }
}

export const alive = ({ pid, started }: Identity) => identify(pid)?.started === started

/**
 * Signals a process and waits for its end; after `within` milliseconds it is killed. Returns immediately if it has already ended.
 */
export async function end(target: Identity, signal: NodeJS.Signals, { within }: { within: number }): Promise<void> {
  const deadline = Date.now() + within
  send(target, signal)
  while (alive(target)) {
    if (Date.now() > deadline) send(target, 'SIGKILL')
    await pause(10)
  }
}

function send(target: Identity, signal: NodeJS.Signals) {
  try {
    if (alive(target)) process.kill(target.pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

/** A zombie counts as ended, unless some of its threads are still ending: until then its ports are in use. */
function startedOnLinux(pid: number) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const [state, ...rest] = fields.slice(fields.lastIndexOf(')') + 2).split(' ')
  const gone = state === 'X' || (state === 'Z' && readdirSync(`/proc/${pid}/task`).length <= 1)
  return gone ? undefined : rest[18]
}

function startedElsewhere(pid: number) {
  const [state, ...started] = execFileSync('ps', ['-p', String(pid), '-o', 'stat=,lstart='], { encoding: 'utf8' })
    .trim()
    .split(/\s+/)
  return state?.startsWith('Z') ? undefined : started.join(' ')
}
