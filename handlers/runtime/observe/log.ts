import pino, { type Logger } from 'pino'

/** JSON lines on standard output: one line for each thing that happened, whatever a message tried to smuggle in. */
export function createLog(name: string, level: string): Logger {
  return pino({
    name,
    level,
    base: { handler: name },
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: ['password', '*.password', 'authorization', '*.authorization'],
  })
}
