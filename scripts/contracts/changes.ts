import type { JSONSchema } from 'zod/v4/core'

type Schema = JSONSchema.JSONSchema
type Bare = Readonly<Record<string, unknown>>

/** A difference between a released schema and today's. */
export interface Change {
  /**
   * `breaking`: messages that wait, or receivers that still run the released code, would not survive it. `wider`: receivers with the released
   * code refuse the new values until they are deployed.
   */
  readonly severity: 'breaking' | 'wider'
  /** What changed and what it means; the type goes before it. */
  readonly what: string
}

const breaking = (what: string): Change[] => [{ severity: 'breaking', what }]
const wider = (what: string): Change[] => [{ severity: 'wider', what }]

/** Keywords that allow or forbid no value. */
const words = new Set(['$schema', '$id', 'title', 'description', 'examples', 'deprecated', 'default', 'id'])
const lowest = ['minimum', 'exclusiveMinimum', 'minLength', 'minItems', 'minProperties']
const highest = ['maximum', 'exclusiveMaximum', 'maxLength', 'maxItems', 'maxProperties']
const judged = new Set([
  ...['type', 'const', 'enum', 'format', 'pattern', 'properties', 'required', 'additionalProperties', 'items', 'anyOf'],
  ...['propertyNames', ...lowest, ...highest],
])

/** The differences between two JSON Schemas of one message that matter to anything but readers. */
export function changes(released: Schema, today: Schema): Change[] {
  return compare(released, today, '')
}

function compare(before: Bare, after: Bare, path: string): Change[] {
  if (same(before, after)) return []
  const name = path === '' ? 'the data' : path
  const was = choices(before)
  const is = choices(after)
  const nullable =
    was.nullable === is.nullable
      ? []
      : was.nullable
        ? breaking(`${name} could be null and cannot be now: messages with null wait in queues; keep it nullable`)
        : breaking(
            `${name} was never null and may be null now: receivers with the released code refuse null; keep it as it was`,
          )
  if (was.others.length === 1 && is.others.length === 1)
    return [...nullable, ...compareOne(was.others[0]!, is.others[0]!, path, name)]
  const fits = (one: Bare, others: readonly Bare[]) =>
    others.some((other) => !isBroken(compareOne(one, other, path, name)))
  return [
    ...nullable,
    ...(was.others.every((one) => fits(one, is.others))
      ? []
      : breaking(`${name} had alternatives that are refused now: messages with them wait in queues; keep them`)),
    ...(is.others.every((one) => was.others.some((other) => same(one, other)))
      ? []
      : wider(`${name} has new alternatives`)),
  ]
}

function compareOne(before: Bare, after: Bare, path: string, name: string): Change[] {
  if (same(before, after)) return []
  const fractions = before.type === 'integer' && after.type === 'number'
  if (before.type !== after.type && !fractions) {
    return breaking(
      `${name} was ${kind(before)} and is ${kind(after)} now: messages with the released kind wait in queues; keep it`,
    )
  }
  const rest = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(
    (key) => !judged.has(key) && !words.has(key) && !same(before[key], after[key]),
  )
  return [
    ...(fractions ? wider(`${name} may have fractions now`) : []),
    ...values(before, after, name),
    ...bounds(before, after, name),
    ...form(before, after, name),
    ...fields(before, after, path, name),
    ...nested(before, after, 'items', `${path}[]`),
    ...nested(before, after, 'propertyNames', `the names in ${name}`),
    ...rest.flatMap((key) => breaking(`${name}: ${key} has changed, which cannot be judged: take it back`)),
  ]
}

function values(before: Bare, after: Bare, name: string): Change[] {
  const was = listed(before)
  const is = listed(after)
  if (!was && !is) return []
  if (!was)
    return breaking(`${name} takes only ${text(is)} now: messages with other values wait in queues; take the list back`)
  if (!is) return wider(`${name} takes more than ${text(was)} now`)
  const gone = was.filter((value) => !is.includes(value))
  const added = is.filter((value) => !was.includes(value))
  return [
    ...(gone.length
      ? breaking(`${name} does not take ${text(gone)} any more: messages with it wait in queues; keep it`)
      : []),
    ...(added.length ? wider(`${name} takes ${text(added)} too`) : []),
  ]
}

function bounds(before: Bare, after: Bare, name: string): Change[] {
  const judge = (key: string, sign: 1 | -1): Change[] => {
    const [was, is] = [before[key], after[key]].map((bound) => (typeof bound === 'number' ? bound * sign : -Infinity))
    if (was === is) return []
    const shown = `${key} of ${name} was ${boundOf(before[key])} and is ${boundOf(after[key])} now`
    return is! > was! ? breaking(`${shown}: messages outside of it wait in queues; keep it, or widen it`) : wider(shown)
  }
  return [...lowest.flatMap((key) => judge(key, 1)), ...highest.flatMap((key) => judge(key, -1))]
}

function boundOf(bound: unknown): string {
  return typeof bound === 'number' ? String(bound) : 'absent'
}

/** The pattern of a named format belongs to the library, and may change with its version. */
function form(before: Bare, after: Bare, name: string): Change[] {
  const key = before.format === undefined && after.format === undefined ? 'pattern' : 'format'
  if (before[key] === after[key]) return []
  if (after[key] === undefined && after.pattern === undefined) return wider(`${name} needs no ${key} any more`)
  return breaking(`${name} has another ${key}: messages that fit only the released one may wait in queues; keep it`)
}

function fields(before: Bare, after: Bare, path: string, name: string): Change[] {
  const was = (before.properties ?? {}) as Record<string, Bare>
  const is = (after.properties ?? {}) as Record<string, Bare>
  const must = (schema: Bare, field: string) => ((schema.required ?? []) as string[]).includes(field)
  const at = (field: string) => (path === '' ? field : `${path}.${field}`)
  return [
    ...Object.keys(was).flatMap((field) => {
      const here = at(field)
      const old = was[field]!
      const now = is[field]
      if (!now)
        return breaking(
          `${here} is gone: ${must(before, field) ? 'receivers with the released code need it' : 'messages that wait carry it, and nothing would read it'}; keep it`,
        )
      const [needed, needs] = [must(before, field), must(after, field)]
      return [
        ...(needs && !needed
          ? breaking(`${here} was optional and is required now: messages without it wait in queues; keep it optional`)
          : []),
        // With a default, each message that is made carries it.
        ...(needed && !needs && !('default' in now)
          ? breaking(
              `${here} was required and is optional now: receivers with the released code need it; keep it required`,
            )
          : []),
        ...compare(old, now, here),
      ]
    }),
    ...Object.keys(is)
      .filter((field) => !(field in was))
      .flatMap((field) => {
        if (must(after, field))
          return breaking(
            `${at(field)} is new and required: messages without it wait in queues; make it optional, or give it a default`,
          )
        return before.additionalProperties === false
          ? wider(`${at(field)} is new, and released code takes no unknown field`)
          : []
      }),
    ...strangers(before.additionalProperties, after.additionalProperties, path, name),
  ]
}

/** What fields without a name in the schema may hold: by default anything, which is left out. */
function strangers(before: unknown, after: unknown, path: string, name: string): Change[] {
  const [was, is] = [before, after].map((each) => (each === undefined || each === true ? {} : each))
  if (same(was, is)) return []
  if (is === false)
    return breaking(`${name} takes no unknown field any more: messages with one may wait in queues; take it back`)
  if (was === false) return wider(`${name} takes unknown fields`)
  return compare(was as Bare, is as Bare, `${path}[*]`)
}

function nested(before: Bare, after: Bare, key: string, path: string): Change[] {
  const [was, is] = [before[key], after[key]].map((each) => each ?? {})
  return same(was, is) ? [] : compare(was as Bare, is as Bare, path)
}

/** The alternatives of a schema, and whether null is one. */
function choices(schema: Bare): { nullable: boolean; others: Bare[] } {
  const all = (schema.anyOf as Bare[] | undefined) ?? [schema]
  const others = all.filter(({ type }) => type !== 'null')
  return { nullable: others.length < all.length, others }
}

function listed({ const: only, enum: several }: Bare): unknown[] | undefined {
  return only !== undefined ? [only] : (several as unknown[] | undefined)
}

function isBroken(found: readonly Change[]): boolean {
  return found.some(({ severity }) => severity === 'breaking')
}

function kind({ type }: Bare): string {
  return typeof type === 'string' ? `of type ${type}` : 'of any type'
}

function text(list: readonly unknown[] = []): string {
  return list.map((value) => JSON.stringify(value)).join(', ')
}

/** Equal apart from words for readers and from the order of keys. */
function same(one: unknown, other: unknown): boolean {
  return JSON.stringify(plain(one)) === JSON.stringify(plain(other))
}

function plain(value: unknown, areNames = false): unknown {
  if (Array.isArray(value)) return value.map((each) => plain(each))
  if (typeof value !== 'object' || value === null) return value
  const known = Object.entries(value).filter(([key]) => areNames || !words.has(key))
  const sorted = known.sort(([one], [other]) => (one < other ? -1 : 1))
  return Object.fromEntries(sorted.map(([key, inner]) => [key, plain(inner, key === 'properties')]))
}
