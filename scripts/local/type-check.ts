import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { constants, setPriority } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

/** The types of a system, checked again whenever one of its files changes. */
export interface TypeCheck {
  readonly pid: number | undefined
  /** The first error of the last check, with file, line and column; `undefined` if there is none, or no check is over yet. */
  firstError(): string | undefined
  stop(): Promise<void>
}

/**
 * Checks types in a process of its own, which has only the time that no other program needs and ends with this one.
 *
 * @param root of the system
 * @param changed called with the first error, or with `undefined` when all have been repaired
 * @returns `undefined` if the system has no TypeScript compiler, or no tsconfig.json
 */
export function watchTypes(root: string, changed: (error: string | undefined) => void): TypeCheck | undefined {
  const compiler = compilerOf(root)
  if (compiler === undefined || !existsSync(join(root, 'tsconfig.json'))) return undefined
  const child = spawn(
    process.execPath,
    [
      // The compiler would outlive a killed parent.
      ...['--import', `data:text/javascript,process.on('disconnect',()=>process.exit())`],
      ...[compiler, '--noEmit', '--watch', '--preserveWatchOutput', '--pretty', 'false'],
      // The next start checks only what has changed since.
      ...['--incremental', '--tsBuildInfoFile', join(root, '.warren/build/types.tsbuildinfo')],
    ],
    { cwd: root, stdio: ['ignore', 'pipe', 'ignore', 'ipc'] },
  )
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()).once('error', () => resolve()))
  giveWay(child.pid)

  let first: string | undefined
  let next: string[] = []
  createInterface({ input: child.stdout! }).on('line', (line) => {
    const sentence = typeError(line)
    if (sentence !== undefined) next.push(sentence)
    if (!/Found \d+ errors?\./.test(line)) return
    const [error, ...others] = next
    const before = first
    first = error && others.length > 0 ? `${error} (and ${others.length} more)` : error
    next = []
    if (first !== before) changed(first)
  })
  return {
    pid: child.pid,
    firstError: () => first,
    stop() {
      child.kill()
      return ended
    },
  }
}

/** The compiler that the system has installed. */
function compilerOf(root: string): string | undefined {
  try {
    return createRequire(join(root, 'package.json')).resolve('typescript/lib/tsc.js')
  } catch {
    return undefined
  }
}

function giveWay(pid: number | undefined): void {
  try {
    if (pid !== undefined) setPriority(pid, constants.priority.PRIORITY_LOW)
  } catch {
    // It has ended already, or the system does not let it: the check is only less polite.
  }
}

/** What the author's types put in front of the compiler's own words. */
const ownWords = /"((?:[^"]+ is returned, but not in the list of outputs)|(?:a handler returns messages: [^"]+))"/

/** A line of the compiler, `handlers/x/handler.ts(12,5): error TS2345: …`, as `handlers/x/handler.ts:12:5: …`. */
export function typeError(line: string): string | undefined {
  const [, file, row, column, message = ''] = /^(\S.*)\((\d+),(\d+)\): error TS\d+: (.*)$/.exec(line) ?? []
  if (file !== undefined) return `${file}:${row}:${column}: ${ownWords.exec(message)?.[1] ?? message}`
  // One of the configuration, which has no place.
  return /^error TS\d+: (.*)$/.exec(line)?.[1]
}
