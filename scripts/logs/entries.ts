import { existsSync, readdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import { newLinesOf } from '../inspect/log-lines.ts'

/** One line of a log. */
export interface Entry {
  /** ISO 8601; that of the line before it if it has none of its own. */
  readonly time: string
  /** Of pino. What was printed past the log, such as the error that ended a process, is urgent. */
  readonly level: number
  readonly line: string
}

const urgent = 60

/**
 * Follows the logs in a folder.
 *
 * @param handlers those whose logs are read; all by default
 * @returns a function that reads the new lines of all of them, in the order of time
 * @throws an error that names the remedy when there are no logs
 */
export function newEntriesIn(logs: string, handlers: readonly string[]): () => Entry[] {
  if (!existsSync(logs)) throw new Error(`${logs} does not exist: start the system with \`npm start\``)
  const followed = new Map<string, () => Entry[]>()

  return () => {
    // A handler has a log from its first process on.
    for (const file of readdirSync(logs).filter((name) => name.endsWith('.log'))) {
      const name = basename(file, '.log')
      if (handlers.length > 0 && !handlers.includes(name)) continue
      if (!followed.has(name)) followed.set(name, newEntriesOf(join(logs, file)))
    }
    const entries = [...followed.values()].flatMap((read) => read())
    return entries.sort((one, other) => (one.time < other.time ? -1 : one.time > other.time ? 1 : 0))
  }
}

function newEntriesOf(file: string): () => Entry[] {
  const read = newLinesOf(file)
  let last = ''
  return () =>
    read().map((line) => {
      const { time = last, level = urgent } = fieldsOf(line)
      last = time
      return { time, level, line }
    })
}

function fieldsOf(line: string): { time?: string; level?: number } {
  try {
    const { time, level } = JSON.parse(line) as { time?: unknown; level?: unknown }
    return { ...(typeof time === 'string' && { time }), ...(typeof level === 'number' && { level }) }
  } catch {
    return {}
  }
}
