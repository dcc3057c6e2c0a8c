import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'

/** A process that a later program can recognise: ids are used again, a start time with the same id is not. */
export interface Identity {
  readonly pid: number
  readonly started: string
}

/** Who has this id now, or undefined when nobody has. */
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
 * Signals a process and waits for its end; after `within` milliseconds SIGKILL ends it.
 * Returns at once when it is gone already.
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

/** A zombie, which waits only for its parent, counts as gone; while threads of it still end, its ports are still taken. */
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
