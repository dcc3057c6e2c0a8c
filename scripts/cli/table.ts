import { paint, printable, type Colour } from './terminal.ts'

export interface Column<Row> {
  readonly title: string
  readonly text: (row: Row) => string
  /** Numbers stand on the right of their column, words on the left. */
  readonly left?: boolean
  readonly colour?: (row: Row) => Colour | undefined
  /** When a table is too wide, the column with the lowest number is left out first; one without a number always stays. */
  readonly leaves?: number
  /** The last column of a table that may take no more room than is left: the width that it is given at least. */
  readonly atLeast?: (rows: readonly Row[]) => number
}

/** How lines are drawn: without a width or height, as long and as many as they are. */
export interface Drawing {
  readonly colours: boolean
  readonly width?: number
  readonly height?: number
}

/** Makes lines of rows. */
export type Lines<Row> = (rows: readonly Row[], drawing: Drawing) => string[]

/** Lines whose columns line up: the titles first, the last column as long as it is. */
export function columnLines<Row>(
  all: readonly Column<Row>[],
  rows: readonly Row[],
  { colours, width = Infinity }: Drawing,
): string[] {
  const text = (column: Column<Row>, row: Row) => printable(column.text(row))
  const widthOf = (column: Column<Row>) => Math.max(column.title.length, ...rows.map((row) => text(column, row).length))
  const needed = (column: Column<Row>) => column.atLeast?.(rows) ?? widthOf(column)
  const columns = withRoom(fitting(all, needed, width), needed, width)
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

/** Leaves out a last column that needs nothing, if not even its title fits. */
function withRoom<Row>(
  columns: readonly Column<Row>[],
  needed: (column: Column<Row>) => number,
  width: number,
): readonly Column<Row>[] {
  const last = columns.at(-1)
  if (!last?.atLeast || needed(last) > 0) return columns
  const total = columns.reduce((sum, column) => sum + needed(column) + 2, -2)
  return total + last.title.length <= width ? columns : columns.slice(0, -1)
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
