import type { Lines } from './table.ts'
import { clearAbove, cut, paint, printable, type Colour } from './terminal.ts'

/** Lines of the screen that are left to the sentences above the table, if the table can be shorter. */
const forSentences = 8

interface Named {
  readonly handler: string
}

/** Where live rows go: drawn in place on a terminal, elsewhere a line for each row that changed. */
export interface Display<Row extends Named> {
  /** @param notes sentences that stay with a table that is drawn in place: above it in red, below it dim */
  show(rows: readonly Row[], notes?: { readonly above?: readonly string[]; readonly below?: readonly string[] }): void
  /** Prints a sentence above the table. */
  say(sentence: string): void
  /** Takes the table away. */
  end(): void
}

type Output = Pick<NodeJS.WriteStream, 'write'> & Partial<Pick<NodeJS.WriteStream, 'isTTY' | 'columns' | 'rows'>>

/** The display that fits the output. `NO_COLOR` is respected. */
export function displayOn<Row extends Named>(
  { stdout, stderr, env }: Pick<NodeJS.Process, 'stdout' | 'stderr' | 'env'>,
  { json }: { json: boolean },
  lines: Lines<Row>,
): Display<Row> {
  const clock = () => new Date()
  if (json) return jsonDisplay(stdout, stderr, clock)
  if (!drawsInPlace({ stdout, env })) return plainDisplay(stdout, clock, lines)
  return terminalDisplay(stdout, { colours: !env.NO_COLOR }, lines)
}

/** Whether a table on this output is redrawn in place, with the notes that stay with it. */
export function drawsInPlace({ stdout, env }: Pick<NodeJS.Process, 'stdout' | 'env'>): boolean {
  return stdout.isTTY && env.TERM !== 'dumb'
}

/** The table on a terminal, redrawn in place. */
export function terminalDisplay<Row extends Named>(
  out: Output,
  { colours }: { colours: boolean },
  linesOf: Lines<Row>,
): Display<Row> {
  let drawn: readonly string[] = []

  const draw = (above: string, lines: readonly string[]) => {
    out.write(clearAbove(drawn.length) + above + lines.map((line) => `${line}\n`).join(''))
    drawn = lines
  }
  return {
    show(rows, { above = [], below = [] } = {}) {
      // A line that wraps or scrolls away cannot be redrawn: both are cut to what fits.
      const width = (out.columns ?? 80) - 1
      const most = Math.max(2, (out.rows ?? 50) - 2)
      const painted = (notes: readonly string[], colour: Colour) =>
        notes.map((note) => (colours ? paint(printable(note), colour) : printable(note)))
      const height = Math.max(2, most - above.length - below.length - forSentences)
      const table = [...painted(above, 'red'), ...linesOf(rows, { colours, width, height }), ...painted(below, 'dim')]
      draw('', ['', ...table.slice(0, most).map((line) => cut(line, width))])
    },
    say: (sentence) => draw(`${sentence}\n`, drawn),
    end: () => draw('', []),
  }
}

/** Plain lines for files and pipes: the titles once, then each row when it changes. */
export function plainDisplay<Row extends Named>(out: Output, clock: () => Date, linesOf: Lines<Row>): Display<Row> {
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
export function jsonDisplay<Row extends Named>(out: Output, errors: Output, clock: () => Date): Display<Row> {
  const changed = changes()
  return {
    show(rows) {
      for (const row of changed(rows)) out.write(`${JSON.stringify({ at: clock().toISOString(), ...row })}\n`)
    },
    say: (sentence) => void errors.write(`${sentence}\n`),
    end: () => {},
  }
}

/** Finds the rows that differ from the last time. */
function changes() {
  const last = new Map<string, string>()
  return <Row extends Named>(rows: readonly Row[]): Set<Row> =>
    new Set(
      rows.filter((row) => {
        const text = JSON.stringify(row)
        const differs = last.get(row.handler) !== text
        last.set(row.handler, text)
        return differs
      }),
    )
}
