import { paint, printable, type Colour } from './terminal.ts'

export interface Column<Row> {
  readonly title: string
  readonly text: (row: Row) => string
  /** Numbers stand on the right of their column, words on the left. */
  readonly left?: boolean
  readonly colour?: (row: Row) => Colour | undefined
  /** When a table is too wide, the column with the lowest number is left out first; one without a number always stays. */
  readonly leaves?: number
}

/** Makes lines of rows. */
export type Lines<Row> = (rows: readonly Row[], options: { colours: boolean; width?: number }) => string[]

/** Lines whose columns line up: the titles first, the last column as long as it is. */
export function columnLines<Row>(
  all: readonly Column<Row>[],
  rows: readonly Row[],
  { colours, width = Infinity }: { colours: boolean; width?: number },
): string[] {
  const text = (column: Column<Row>, row: Row) => printable(column.text(row))
  const widthOf = (column: Column<Row>) => Math.max(column.title.length, ...rows.map((row) => text(column, row).length))
  const columns = fitting(all, widthOf, width)
  const widths = columns.map(widthOf)

  const line = (cell: (column: Column<Row>) => string, colour: (column: Column<Row>) => Colour | undefined) =>
    columns
      .map((column, index) => {
        const width = widths[index] ?? 0
        const aligned = column.left ? cell(column).padEnd(width) : cell(column).padStart(width)
        const shown = index === columns.length - 1 ? aligned.trimEnd() : aligned
        const painted = colours && shown.trim() ? colour(column) : undefined
        return painted ? paint(shown, painted) : shown
      })
      .join('  ')
      .trimEnd()

  const titles = line(
    ({ title }) => title,
    () => 'bold',
  )
  return [
    titles,
    ...rows.map((row) =>
      line(
        (column) => text(column, row),
        ({ colour }) => colour?.(row),
      ),
    ),
  ]
}

/** The columns without those that leave first, until the rest fits. */
function fitting<Row>(
  columns: readonly Column<Row>[],
  widthOf: (column: Column<Row>) => number,
  width: number,
): readonly Column<Row>[] {
  const total = columns.reduce((sum, column) => sum + widthOf(column) + 2, -2)
  const first = columns
    .filter(({ leaves }) => leaves !== undefined)
    .sort((one, other) => (one.leaves ?? 0) - (other.leaves ?? 0))[0]
  return total <= width || !first
    ? columns
    : fitting(
        columns.filter((column) => column !== first),
        widthOf,
        width,
      )
}

/** A table without colours: a column that holds numbers alone stands on the right. */
export function table(titles: readonly string[], rows: readonly (readonly (string | number)[])[]): string[] {
  const columns = titles.map((title, index) => ({
    title,
    text: (row: readonly (string | number)[]) => String(row[index] ?? ''),
    left: rows.length === 0 || !rows.every((row) => typeof row[index] === 'number'),
  }))
  return columnLines(columns, rows, { colours: false })
}
