import { statementOf } from './failed-statement.ts'
import { inSources } from './positions.ts'

/** Characters of the longest description: an error may quote a whole message. */
const maxDescription = 1_024
/** Frames of a stack in a log line. */
const maxFrames = 10

/**
 * Describes a thrown value briefly, and the SQL statement that failed with it: anything can be thrown, including `null` and errors
 * whose getters throw.
 *
 * @param longest characters; a long message leaves room for the statement
 */
export function describe(error: unknown, longest = maxDescription): string {
  try {
    const words =
      error instanceof Error
        ? `${error.name}: ${error.message}`
        : `thrown: ${String(error)} (throw an Error: it knows its line)`
    const statement = statementOf(error)
    const blamed = statement === undefined ? '' : ` (statement: ${statement})`
    return `${words.slice(0, longest - blamed.length)}${blamed}`
  } catch {
    return 'a value that cannot be described was thrown'
  }
}

/** The stack of a thrown value with the positions of its sources, or an empty string. */
export function stackOf(error: unknown): string {
  try {
    const stack: unknown = error instanceof Error ? error.stack : undefined
    return typeof stack === 'string' ? inSources(stack) : ''
  } catch {
    return ''
  }
}

/** The same without the message, which may be long, and without the insides of Node.js; undefined if there is none. */
export function framesOf(error: unknown): string | undefined {
  const frames = stackOf(error)
    .split('\n')
    .filter((line) => /^\s+at /.test(line) && !line.includes('node:internal'))
    .slice(0, maxFrames)
  return frames.length > 0 ? frames.join('\n') : undefined
}
