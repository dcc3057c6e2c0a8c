/** Characters of the longest description: a message may put a book into an error. */
const maxDescription = 1_024

/** What was thrown, in a few words: anything can be thrown, `null` and errors whose getters throw included. */
export function describe(error: unknown): string {
  try {
    const words = error instanceof Error ? `${error.name}: ${error.message}` : `thrown: ${String(error)}`
    return words.slice(0, maxDescription)
  } catch {
    return 'something that cannot be described was thrown'
  }
}

/** The stack of what was thrown, or nothing. */
export function stackOf(error: unknown): string {
  try {
    const stack: unknown = error instanceof Error ? error.stack : undefined
    return typeof stack === 'string' ? stack : ''
  } catch {
    return ''
  }
}
