import type { PrettyOptions } from 'pino-pretty'
import { printable, printableLines } from '../message/printable.ts'

type Entry = Readonly<Record<string, unknown>>

/** Of pino. */
const warn = 40
/** Fields that have a place of their own in a line, or say nothing to a person. */
const placed = new Set([
  'level',
  'time',
  'name',
  'handler',
  'msg',
  'type',
  'reason',
  'stack',
  'err',
  'causationId',
  'traceparent',
])

/**
 * Returns a function that turns a line of a handler's log into lines for a person: time, level, handler, words, type, other fields, and
 * below them the error with its stack. A line that is not JSON stays as it is. Nothing in a line can move the cursor or set colours.
 *
 * @throws an error when the package pino-pretty is not installed
 */
export async function readableLines({ colours }: { colours: boolean }): Promise<(line: string) => string> {
  const { default: pretty } = await import('pino-pretty')
  const options: PrettyOptions = {
    colorize: colours,
    translateTime: 'SYS:HH:MM:ss.l',
    hideObject: true,
    messageFormat: (entry) => wordsOf(entry),
  }
  const line = pretty.prettyFactory(options)
  return (text) => {
    const entry = entryOf(text)
    return entry ? line(entry) : `${printable(text.trimEnd())}\n`
  }
}

function entryOf(text: string): Entry | undefined {
  try {
    const entry: unknown = JSON.parse(text)
    if (typeof entry !== 'object' || entry === null || !('level' in entry)) return undefined
    // pino-pretty writes it as it is, between level and words.
    return 'name' in entry ? { ...entry, name: printable(String(entry.name)) } : entry
  } catch {
    return undefined
  }
}

function wordsOf(entry: Entry): string {
  const { level, msg, type, reason, stack, err } = entry
  // Of information it is a word, such as the signal that ends the process.
  const isError = Number(level) >= warn
  const others = Object.entries(entry).flatMap(([name, value]) =>
    (placed.has(name) && (isError || name !== 'reason')) || value === undefined
      ? []
      : [`${printable(name)}=${valueOf(value)}`],
  )
  const first = [msg, type].flatMap((word) => (typeof word === 'string' ? [printable(word)] : []))
  return [
    [...first, ...others].join('  '),
    ...errorLines(isError ? reason : undefined, stack),
    ...errorLinesOf(err),
  ].join('\n')
}

function valueOf(value: unknown): string {
  if (typeof value === 'string' && /^\S+$/.test(value)) return printable(value)
  return printable(JSON.stringify(value))
}

function errorLines(reason: unknown, stack: unknown): string[] {
  return [reason, stack].flatMap((text) => (typeof text === 'string' && text !== '' ? [indented(text)] : []))
}

/** An error that the handler has logged: its stack begins with its message. */
function errorLinesOf(error: unknown): string[] {
  const { stack, statement } = (error ?? {}) as { stack?: unknown; statement?: unknown }
  return errorLines(typeof statement === 'string' ? `statement: ${statement}` : undefined, stack)
}

function indented(text: string): string {
  return printableLines(text)
    .split('\n')
    .map((line) => `    ${line.trimStart()}`)
    .join('\n')
}
