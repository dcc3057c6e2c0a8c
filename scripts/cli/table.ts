import { printable } from './printable.ts'

/** Lines whose columns line up: the heading first, numbers to the right, the last column as long as it is. */
export function table(heading: readonly string[], rows: readonly (readonly (string | number)[])[]): string[] {
  const cells = [heading, ...rows].map((row) => row.map((cell) => printable(String(cell))))
  const widths = heading.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)))
  const isNumber = heading.map((_, column) => rows.length > 0 && rows.every((row) => typeof row[column] === 'number'))

  return cells.map((row) =>
    row
      .map((cell, column) => (isNumber[column] ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0)))
      .join('  ')
      .trimEnd(),
  )
}

/** How long ago, in the largest unit that says something: `45s`, `12m`, `5h`, `31d`; `?` when nobody knows. */
export function age(time: Date | undefined, now: Date): string {
  if (!time) return '?'
  const seconds = Math.max(0, Math.round((now.getTime() - time.getTime()) / 1000))
  if (seconds < 60) return `${seconds}s`
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m`
  return seconds < 86_400 ? `${Math.floor(seconds / 3600)}h` : `${Math.floor(seconds / 86_400)}d`
}
