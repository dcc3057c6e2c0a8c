/** The last error that the processes of a handler have logged. */
export interface LastError {
  readonly at: Date
  /** One line. */
  readonly text: string
}

interface Entry {
  readonly level: number
  readonly time: string
  readonly msg?: string
  readonly reason?: string
  readonly err?: { readonly type?: string; readonly message?: string }
}

/** Levels of pino. */
const [warn, error] = [40, 50]

/**
 * The last of these log lines that is about an error: of level `error` or above, a warning with its reason, or what Node.js prints
 * about an error that ends the process.
 *
 * @param now the time of a line that has none
 */
export function lastErrorIn(lines: readonly string[], now: Date): LastError | undefined {
  return lines.reduceRight<LastError | undefined>((found, line) => found ?? errorIn(line, now), undefined)
}

function errorIn(line: string, now: Date): LastError | undefined {
  const text = /^(?:Uncaught )?\w*(?:Error|Exception)\b.*/.exec(line)?.[0]
  if (text !== undefined) return { at: now, text }
  // Most lines are of other levels, and are not parsed.
  if (!/"level":[456]\d/.test(line)) return undefined
  try {
    const { level, time, msg = '', reason, err } = JSON.parse(line) as Entry
    const cause = reason ?? (err && `${err.type ?? 'Error'}: ${err.message ?? ''}`)
    if (level < warn || (level < error && cause === undefined)) return undefined
    return { at: new Date(time), text: (cause ?? msg).replace(/\s+/g, ' ') }
  } catch {
    return undefined
  }
}
