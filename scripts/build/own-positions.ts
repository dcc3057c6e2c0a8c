const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
const values = new Map(Array.from(digits, (digit, value) => [digit, value]))
/** Sources that are not the system's own: packages, except Warren itself, and entry points that the build generates. */
const foreign = /node_modules\/(?!warren\/)|^(handler|prepare):/

/** A source map as esbuild writes it, without the sources' text. */
interface Payload {
  readonly sources: readonly string[]
  readonly mappings: string
}

/**
 * A source map with the positions of the system's own sources only. Those of packages are nine tenths of a bundle: without them the map
 * is small enough to ship, and is read in milliseconds when the first error is reported.
 *
 * @param text JSON of the format that https://tc39.es/ecma426 describes, without names
 */
export function ownPositions(text: string): string {
  const map = JSON.parse(text) as Payload
  const sources: string[] = []
  /** The new place of each source; `undefined` for one that is left out. */
  const places = map.sources.map((source) => (foreign.test(source) ? undefined : sources.push(source) - 1))
  const from = { source: 0, line: 0, column: 0 }
  const to = { source: 0, line: 0, column: 0 }

  const lines = map.mappings.split(';').map((line) => {
    let generated = 0
    let written = 0
    let kept = ''
    for (const segment of line === '' ? [] : line.split(',')) {
      const [column = 0, source = 0, sourceLine = 0, sourceColumn = 0] = decode(segment)
      generated += column
      from.source += source
      from.line += sourceLine
      from.column += sourceColumn
      const place = places[from.source]
      if (place === undefined) continue
      kept +=
        (kept === '' ? '' : ',') +
        encode(generated - written) +
        encode(place - to.source) +
        encode(from.line - to.line) +
        encode(from.column - to.column)
      written = generated
      Object.assign(to, { source: place, line: from.line, column: from.column })
    }
    return kept
  })
  return JSON.stringify({ ...map, sources, mappings: lines.join(';') })
}

/** The numbers of a segment: base 64, five bits a digit, the lowest first; the lowest bit of all is the sign. */
function decode(segment: string): number[] {
  const numbers: number[] = []
  let value = 0
  let shift = 0
  for (const character of segment) {
    const digit = values.get(character) ?? 0
    value += (digit & 31) << shift
    shift += 5
    if (digit & 32) continue
    numbers.push(value & 1 ? -(value >> 1) : value >> 1)
    value = shift = 0
  }
  return numbers
}

function encode(number: number): string {
  let rest = number < 0 ? (-number << 1) | 1 : number << 1
  let text = ''
  do {
    const digit = rest & 31
    rest >>>= 5
    text += digits.charAt(rest > 0 ? digit | 32 : digit)
  } while (rest > 0)
  return text
}
