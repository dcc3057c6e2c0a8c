import pino, { type Logger } from 'pino'

/** JSON lines on standard output: exactly one line for each entry, whatever control characters a message contains. */
export function createLog(name: string, level: string): Logger {
  return pino({
    name,
    level,
    base: { handler: name },
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: ['password', '*.password', 'authorization', '*.authorization'],
  })
}
