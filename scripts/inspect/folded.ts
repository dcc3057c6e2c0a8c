import type { Drawing } from '../cli/table.ts'

interface Named {
  readonly handler: string
}

/**
 * The lines of a table that is to fit a screen: when it is too high, the handlers that are asleep become one line, and if that is not
 * enough, so do the last of the others.
 *
 * @param lines draws rows: a line of titles, and one for each row
 */
export function folded<Row extends Named>(
  rows: readonly Row[],
  isAsleep: (row: Row) => boolean,
  lines: (rows: readonly Row[]) => string[],
  { width = Infinity, height = Infinity }: Drawing,
): string[] {
  if (rows.length + 1 <= height) return lines(rows)
  const asleep = rows.filter(isAsleep)
  const awake = rows.filter((row) => !isAsleep(row))
  const names = asleep.length > 0 ? [folding(asleep, 'asleep', width)] : []
  const room = Math.max(1, height - 1 - names.length)
  if (awake.length <= room) return [...lines(awake), ...names]
  return [...lines(awake.slice(0, room - 1)), folding(awake.slice(room - 1), 'more', width), ...names]
}

/** Such as `… 17 asleep: archive, books, …`. */
function folding(rows: readonly Named[], word: string, width: number): string {
  const line = `… ${rows.length} ${word}: ${rows.map(({ handler }) => handler).join(', ')}`
  if (line.length <= width) return line
  const short = line.slice(0, width - 3)
  return `${short.slice(0, short.lastIndexOf(', '))}, …`
}
