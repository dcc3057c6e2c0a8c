export { printable, printableLines } from '#runtime/message/printable.ts'

export type Colour = 'dim' | 'green' | 'yellow' | 'red' | 'bold'

const codes: Record<Colour, number> = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33 }

/** Goes back to the beginning of the line and empties it. */
export const clearLine = '\r\x1b[2K'

export function paint(text: string, colour: Colour): string {
  return `\x1b[${codes[colour]}m${text}\x1b[0m`
}

/** Goes up so many lines and erases all from there on. */
export function clearAbove(lines: number): string {
  return lines > 0 ? `\x1b[${lines}A\x1b[J` : ''
}

/** Cuts a line to so many visible characters; its colours are not counted. */
export function cut(line: string, width: number): string {
  let visible = 0
  return line.replace(/\x1b\[\d+m|[^\x1b]/gu, (part) => (part.length > 2 || visible++ < width ? part : ''))
}
