/** What the live table says of one handler. */
export interface Row {
  readonly handler: string
  /** Messages that wait in its queue; `undefined` while the broker does not say. */
  readonly queued: number | undefined
  /** Messages that its processes hold. */
  readonly inFlight: number | undefined
  /** Processes that are subscribed. */
  readonly ready: number
  /** Processes that the scaler wants. */
  readonly replicas: number
  readonly donePerSecond: number
  /** Since the start. */
  readonly retries: number
  /** Dead letters that lie in its dead letter queue now. */
  readonly dead: number | undefined
  /** The dependencies that it waits for. */
  readonly paused: readonly string[]
}

type Colour = 'dim' | 'green' | 'yellow' | 'red' | 'bold'

export interface Column<Shown> {
  readonly title: string
  readonly text: (row: Shown) => string
  readonly left?: true
  readonly colour?: (row: Shown) => Colour | undefined
}

/** Makes lines of rows. */
export type Lines<Shown> = (rows: readonly Shown[], options: { colours: boolean }) => string[]

/** What starts or leaves is shown as `ready of wanted`. */
export const replicasColumn: Column<Pick<Row, 'ready' | 'replicas'>> = {
  title: 'replicas',
  text: ({ ready, replicas }) => (ready === replicas ? String(replicas) : `${ready} of ${replicas}`),
  colour: ({ ready, replicas }) => (replicas === 0 ? 'dim' : ready < replicas ? 'yellow' : 'green'),
}

/** The table of `npm start`. */
export const tableLines: Lines<Row> = (rows, options) => linesOf(columns, rows, options)

const columns: readonly Column<Row>[] = [
  { title: 'handler', left: true, text: ({ handler }) => handler },
  { title: 'queued', text: ({ queued }) => known(queued) },
  { title: 'in flight', text: ({ inFlight }) => known(inFlight) },
  replicasColumn,
  { title: 'done/s', text: ({ donePerSecond }) => String(Math.round(donePerSecond)) },
  { title: 'retries', text: ({ retries }) => String(retries) },
  { title: 'dead', text: ({ dead }) => known(dead), colour: ({ dead }) => (dead ? 'red' : undefined) },
  { title: 'paused', left: true, text: ({ paused }) => paused.join(', '), colour: () => 'yellow' },
]

const codes: Record<Colour, number> = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33 }

/** A table as lines of equal columns, the titles first. */
export function linesOf<Shown>(
  columns: readonly Column<Shown>[],
  rows: readonly Shown[],
  { colours }: { colours: boolean },
): string[] {
  const widths = columns.map(({ title, text }) => Math.max(title.length, ...rows.map((row) => text(row).length)))
  const paint = (text: string, colour: Colour | undefined) =>
    colours && colour && text.trim() ? `\x1b[${codes[colour]}m${text}\x1b[0m` : text

  const line = (cell: (column: Column<Shown>) => string, colour: (column: Column<Shown>) => Colour | undefined) =>
    columns
      .map((column, index) => {
        const width = widths[index] ?? 0
        const text = column.left ? cell(column).padEnd(width) : cell(column).padStart(width)
        return paint(index === columns.length - 1 ? text.trimEnd() : text, colour(column))
      })
      .join('  ')
      .trimEnd()

  return [
    line(
      ({ title }) => title,
      () => 'bold',
    ),
    ...rows.map((row) =>
      line(
        ({ text }) => text(row),
        ({ colour }) => colour?.(row),
      ),
    ),
  ]
}

/** A question mark for what nobody knows at the moment. */
export function known(count: number | undefined): string {
  return count === undefined ? '?' : String(count)
}
