import { execFileSync, spawnSync, type ChildProcess } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, readlinkSync, realpathSync } from 'node:fs'
import { basename } from 'node:path'
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

/** Resolves when a child process has ended: how, such as `was ended by SIGKILL`. */
export function ending(child: ChildProcess): Promise<string> {
  return new Promise((ended) => {
    child.once('error', ({ message }) => ended(`could not be started: ${message}`))
    child.once('exit', (code, signal) => ended(signal ? `was ended by ${signal}` : `ended with exit code ${code}`))
  })
}

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

/** The processes of a program that work in a folder: whose current folder it is. */
export function programsIn(folder: string, program: string): Identity[] {
  if (!existsSync(folder)) return []
  const place = realpathSync(folder)
  const pids = process.platform === 'linux' ? worksOnLinux(place, program) : worksElsewhere(place, program)
  return pids.flatMap((pid) => identify(pid) ?? [])
}

function worksOnLinux(folder: string, program: string): number[] {
  const link = (pid: string, name: string) => {
    try {
      return readlinkSync(`/proc/${pid}/${name}`)
    } catch {
      return ''
    }
  }
  return readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid) && link(pid, 'cwd') === folder && basename(link(pid, 'exe')) === program)
    .map(Number)
}

function worksElsewhere(folder: string, program: string): number[] {
  const { stdout } = spawnSync('lsof', ['-t', '-a', '-c', program, '-d', 'cwd', '--', folder], { encoding: 'utf8' })
  return (stdout ?? '').split('\n').filter(Boolean).map(Number)
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
