import { writeSync } from 'node:fs'
import { isatty } from 'node:tty'
import pino, { type DestinationStream, type Logger } from 'pino'
import { statementOf } from '../message/failed-statement.ts'
import { inSources } from '../message/positions.ts'
import { readableLines } from './readable.ts'

const standardOutput = 1

/**
 * Entries as JSON on standard output, by default: exactly one line for each, whatever control characters a message contains.
 *
 * @param destination gets each line
 */
export function createLog(name: string, level: string, destination = linesTo(standardOutput)): Logger {
  return pino(
    {
      name,
      level,
      base: { handler: name },
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: ['password', '*.password', 'authorization', '*.authorization'],
      serializers: { err: errorFields },
    },
    destination,
  )
}

/**
 * Standard output for the entries of a log: as JSON, unless a person reads them on a terminal and the package pino-pretty is installed.
 * Images do not contain it.
 */
export async function logOutput(): Promise<DestinationStream> {
  const output = linesTo(standardOutput)
  if (!isatty(standardOutput)) return output
  try {
    const readable = await readableLines({ colours: !process.env['NO_COLOR'] })
    return { write: (line) => output.write(readable(line)) }
  } catch {
    return output
  }
}

/**
 * An error that a handler logs. PostgreSQL's `detail` and `where` are left out: they quote the values of rows, which may be personal
 * data.
 */
function errorFields(error: unknown): unknown {
  if (!(error instanceof Error)) return error
  const { detail: _detail, where: _where, stack, ...fields } = pino.stdSerializers.err(error) as Record<string, unknown>
  const statement = statementOf(error)
  return { ...fields, ...(statement !== undefined && { statement }), stack: inSources(String(stack)) }
}

/**
 * Writes each line at once. A line that cannot be written, to a full disk or a pipe without a reader, is lost: a handler goes on without
 * it, and writes again as soon as that is possible.
 *
 * @param fd a file descriptor
 */
function linesTo(fd: number): DestinationStream {
  let unfinished = Buffer.alloc(0)
  const finish = () => {
    while (unfinished.length > 0) unfinished = unfinished.subarray(writeSync(fd, unfinished))
  }
  return {
    write(line) {
      try {
        finish()
        const bytes = Buffer.from(line)
        unfinished = bytes.subarray(writeSync(fd, bytes))
        finish()
      } catch {
        // There is no other place to report it.
      }
    },
  }
}
