import type { Lines, Row } from './table.ts'

/** What every row says, whatever else it says. */
interface Named {
  readonly handler: string
}

/** Where the rows go: drawn in place on a terminal, otherwise a line for each row that changed. */
export interface Display<Shown extends Named = Row> {
  show(rows: readonly Shown[]): void
  /** A sentence above the table. */
  say(sentence: string): void
  /** Takes the table away: what it shows is no longer looked at. */
  end(): void
}

type Output = Pick<NodeJS.WriteStream, 'write'> & Partial<Pick<NodeJS.WriteStream, 'isTTY' | 'columns' | 'rows'>>

/** The display that fits where the output goes. `NO_COLOR` is respected. */
export function displayOn<Shown extends Named>(
  { stdout, stderr, env }: Pick<NodeJS.Process, 'stdout' | 'stderr' | 'env'>,
  { json }: { json: boolean },
  lines: Lines<Shown>,
): Display<Shown> {
  const clock = () => new Date()
  if (json) return jsonDisplay(stdout, stderr, clock)
  if (!stdout.isTTY || env.TERM === 'dumb') return plainDisplay(stdout, clock, lines)
  return terminalDisplay(stdout, { colours: !env.NO_COLOR }, lines)
}

/** The table on a terminal, redrawn where it stands. */
export function terminalDisplay<Shown extends Named>(
  out: Output,
  { colours }: { colours: boolean },
  linesOf: Lines<Shown>,
): Display<Shown> {
  let drawn: readonly string[] = []
  const erase = () => (drawn.length > 0 ? `\x1b[${drawn.length}A\x1b[J` : '')

  const draw = (above: string, lines: readonly string[]) => {
    out.write(erase() + above + lines.map((line) => `${line}\n`).join(''))
    drawn = lines
  }
  return {
    show(rows) {
      // A line that wraps or scrolls away could not be redrawn, so both are cut to what fits.
      const fitting = linesOf(rows, { colours }).slice(0, Math.max(2, (out.rows ?? 50) - 2))
      draw('', ['', ...fitting.map((line) => cut(line, (out.columns ?? 80) - 1))])
    },
    say: (sentence) => draw(`${sentence}\n`, drawn),
    end: () => draw('', []),
  }
}

/** Plain lines for files and pipes: the titles once, then each row when it changes. */
export function plainDisplay<Shown extends Named>(
  out: Output,
  clock: () => Date,
  linesOf: Lines<Shown>,
): Display<Shown> {
  const changed = changes()
  let titled = false
  return {
    show(rows) {
      const [titles, ...lines] = linesOf(rows, { colours: false })
      const fresh = changed(rows)
      if (!titled) out.write(`${' '.repeat(8)}  ${titles}\n`)
      titled = true
      const time = clock().toTimeString().slice(0, 8)
      rows.forEach((row, index) => fresh.has(row) && out.write(`${time}  ${lines[index]}\n`))
    },
    say: (sentence) => void out.write(`${sentence}\n`),
    end: () => {},
  }
}

/** One JSON object a line for each row that changed; sentences go to `errors`. */
export function jsonDisplay<Shown extends Named>(out: Output, errors: Output, clock: () => Date): Display<Shown> {
  const changed = changes()
  return {
    show(rows) {
      for (const row of changed(rows)) out.write(`${JSON.stringify({ at: clock().toISOString(), ...row })}\n`)
    },
    say: (sentence) => void errors.write(`${sentence}\n`),
    end: () => {},
  }
}

/** Tells which rows say something else than the last time. */
function changes() {
  const last = new Map<string, string>()
  return <Shown extends Named>(rows: readonly Shown[]): Set<Shown> =>
    new Set(
      rows.filter((row) => {
        const text = JSON.stringify(row)
        const differs = last.get(row.handler) !== text
        last.set(row.handler, text)
        return differs
      }),
    )
}

/** Cuts a line to so many visible characters, its colour codes not counted. */
function cut(line: string, width: number): string {
  let visible = 0
  const kept = line.replace(/\x1b\[\d+m|[^\x1b]/gu, (part) => (part.length > 2 || visible++ < width ? part : ''))
  return kept
}
