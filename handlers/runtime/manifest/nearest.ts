/**
 * The word that a misspelled one most likely stands for; `undefined` if none is close.
 *
 * @param tolerance the share of its letters that may be wrong
 */
export function nearest(word: string, words: readonly string[], tolerance: number): string | undefined {
  const close = words
    .map((each) => ({ each, edits: isCutShort(word, each) ? 1 : edits(word.toLowerCase(), each.toLowerCase()) }))
    .filter(({ edits }) => edits <= Math.max(1, Math.floor(word.length * tolerance)))
  return close.sort((one, other) => one.edits - other.edits)[0]?.each
}

/** `env` for `environment`. */
function isCutShort(one: string, other: string): boolean {
  const [short = '', long = ''] = [one, other].sort((a, b) => a.length - b.length)
  return short.length >= 3 && long.startsWith(short)
}

/** The letters to insert, remove, replace or swap with their neighbour until one word is the other. */
function edits(one: string, other: string): number {
  let [before, last]: number[][] = [[], Array.from({ length: other.length + 1 }, (_, index) => index)]
  for (let row = 1; row <= one.length; row++) {
    const next = [row]
    for (let column = 1; column <= other.length; column++) {
      const same = one[row - 1] === other[column - 1]
      const swapped = row > 1 && one[row - 1] === other[column - 2] && one[row - 2] === other[column - 1]
      next[column] = Math.min(
        last![column]! + 1,
        next[column - 1]! + 1,
        last![column - 1]! + (same ? 0 : 1),
        swapped && column > 1 ? before![column - 2]! + 1 : Infinity,
      )
    }
    ;[before, last] = [last!, next]
  }
  return last!.at(-1)!
}
