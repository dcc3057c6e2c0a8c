/** Whether a topic exchange routes this key by a binding: `*` is one word, `#` any number. */
export function matches(binding: string, key: string): boolean {
  return match(binding.split('.'), key.split('.'))
}

function match([pattern, ...patterns]: readonly string[], words: readonly string[]): boolean {
  if (pattern === undefined) return words.length === 0
  if (pattern === '#') return words.some((_, from) => match(patterns, words.slice(from))) || match(patterns, [])
  const [word, ...rest] = words
  return word !== undefined && (pattern === '*' || pattern === word) && match(patterns, rest)
}
