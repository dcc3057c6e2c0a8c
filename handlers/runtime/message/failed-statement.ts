/** Characters of a statement that an error carries. */
const longest = 200
/** How far an error is followed to its cause. */
const deepest = 5

const statements = new WeakMap<Error, string>()

/** Notes the SQL text of the statement that failed with this error. Its values are not kept: they may be personal data. */
export function blame(error: Error, text: string): void {
  statements.set(error, text)
}

/** The SQL text that is to blame for an error or for one of its causes, as one line. */
export function statementOf(error: unknown): string | undefined {
  let cause = error
  for (let depth = 0; depth < deepest && cause instanceof Error; depth++) {
    const text = statements.get(cause)
    if (text !== undefined) return shortened(text.trim().replace(/\s+/g, ' '))
    cause = cause.cause
  }
  return undefined
}

function shortened(text: string): string {
  return text.length <= longest ? text : `${text.slice(0, longest - 1)}…`
}
