import fc from 'fast-check'

/** The part of JSON Schema that the gateway's document uses. */
export interface JsonSchema {
  readonly type?: string
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly pattern?: string
  readonly minLength?: number
  readonly maxLength?: number
  readonly minimum?: number
  readonly maximum?: number
  readonly items?: JsonSchema
  readonly minItems?: number
  readonly maxItems?: number
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly required?: readonly string[]
}

/** Values that match a schema. */
export function valid(schema: JsonSchema): fc.Arbitrary<unknown> {
  if ('const' in schema) return fc.constant(schema.const)
  if (schema.enum) return fc.constantFrom(...schema.enum)
  switch (schema.type) {
    case 'string':
      return text(schema)
    case 'integer':
      return fc.integer({ min: Math.max(schema.minimum ?? -1e6, -1e6), max: Math.min(schema.maximum ?? 1e6, 1e6) })
    case 'array':
      return fc.array(valid(schema.items ?? {}), {
        minLength: schema.minItems ?? 0,
        maxLength: Math.min(schema.maxItems ?? 5, 5),
      })
    case 'object':
      return fc.record(
        Object.fromEntries(Object.entries(schema.properties ?? {}).map(([name, property]) => [name, valid(property)])),
        { requiredKeys: [...(schema.required ?? [])] },
      )
    default:
      throw new Error(`the test makes no values of ${JSON.stringify(schema)} yet`)
  }
}

function text({ pattern, minLength = 0, maxLength = 100 }: JsonSchema): fc.Arbitrary<string> {
  const made = pattern === undefined ? fc.string({ unit: 'grapheme' }) : fc.stringMatching(new RegExp(pattern, 'u'))
  return made.filter(({ length }) => length >= minLength && length <= maxLength)
}

/** The value with one change: a part replaced, removed or added. */
export function mutated(value: unknown): fc.Arbitrary<unknown> {
  const strange = fc.oneof(fc.jsonValue(), fc.constantFrom(null, '', -1, 0, 1e9, 1e308, 0.5, [], {}, 'x'.repeat(5_000)))
  const parts = paths(value)
  return fc
    .tuple(fc.constantFrom(...parts), fc.constantFrom('replace', 'leave out', 'add'), strange, fc.string())
    .map(([path, change, other, name]) => changed(value, path, change, other, name))
}

function paths(value: unknown, before: readonly string[] = []): string[][] {
  const inside = typeof value === 'object' && value !== null ? Object.entries(value) : []
  return [[...before], ...inside.flatMap(([key, part]) => paths(part, [...before, key]))]
}

function changed(
  value: unknown,
  [key, ...rest]: readonly string[],
  change: string,
  other: unknown,
  name: string,
): unknown {
  if (key === undefined) {
    if (change !== 'add' || typeof value !== 'object' || value === null) return other
    return Array.isArray(value) ? [...value, other] : { ...value, [name]: other }
  }
  const copy = (Array.isArray(value) ? [...value] : { ...(value as object) }) as Record<string, unknown>
  if (rest.length === 0 && change === 'leave out') Reflect.deleteProperty(copy, key)
  else copy[key] = changed(copy[key], rest, change, other, name)
  return Array.isArray(copy) ? copy.filter(() => true) : copy
}
