/** Characters of the longest description: an error may quote a whole message. */
const maxDescription = 1_024

/** Describes a thrown value briefly: anything can be thrown, including `null` and errors whose getters throw. */
export function describe(error: unknown): string {
  try {
    const words = error instanceof Error ? `${error.name}: ${error.message}` : `thrown: ${String(error)}`
    return words.slice(0, maxDescription)
  } catch {
    return 'a value that cannot be described was thrown'
  }
}

/** The stack of a thrown value, or an empty string. */
export function stackOf(error: unknown): string {
  try {
    const stack: unknown = error instanceof Error ? error.stack : undefined
    return typeof stack === 'string' ? stack : ''
  } catch {
    return ''
  }
}
