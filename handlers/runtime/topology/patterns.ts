/**
 * A regular expression, as RabbitMQ's permissions use it, for these names and no other. An empty list matches the empty name alone.
 */
export function only(names: readonly string[]): string {
  if (names.length === 0) return '^$'
  const [first = '', ...others] = names.map(literal)
  return others.length ? `^(${[first, ...others].join('|')})$` : `^${first}$`
}

/** A regular expression for the routing keys of these types: the type itself, or the type and further words. */
export function keysOf(types: readonly string[]): string {
  return `^(${types.map(literal).join('|')})(\\..+)?$`
}

/** A regular expression for the routing keys of all types: a type with its version, or such a type and further words. */
export const anyKey = '^[a-z][a-z_]*(\\.[a-z][a-z_]*)+\\.v[1-9][0-9]*(\\..+)?$'

export function literal(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}
