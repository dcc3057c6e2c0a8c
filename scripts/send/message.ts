import type { AnyContract, Message } from 'warren'
import * as z from 'zod'
import { nearest } from '#runtime/manifest/nearest.ts'

/** The share of a name's letters that may be wrong for another to be suggested. */
const tolerance = 0.35

/** The contracts among the exports of `handlers/contracts/index.ts`, by type. */
export function contractsIn(exports: object): ReadonlyMap<string, AnyContract> {
  const contracts = Object.values(exports).filter(isContract)
  return new Map(contracts.map((contract) => [contract.type, contract]))
}

function isContract(exported: unknown): exported is AnyContract {
  return typeof exported === 'function' && 'schema' in exported && 'type' in exported && 'kind' in exported
}

/**
 * Makes a message of what a person has typed.
 *
 * @throws a sentence that names the type or the field, and the one that was probably meant
 */
export function messageOf(type: string, json: string, contracts: ReadonlyMap<string, AnyContract>): Message {
  const contract = contracts.get(type)
  if (!contract) throw new Error(unknownType(type, [...contracts.keys()]))
  if (contract.kind === 'timer')
    throw new Error(`${type} is a timer: a handler sets it for itself, and it never leaves that handler's database`)
  if (contract.kind === 'broadcast')
    throw new Error(`${type} is a broadcast: only the handler that announces it may publish it`)
  const data = dataOf(type, json)
  const stranger = unknownField(z.toJSONSchema(contract.schema, { io: 'input', unrepresentable: 'any' }), data)
  if (stranger) throw new Error(`${type}: ${stranger}`)
  return contract(data)
}

function dataOf(type: string, json: string): unknown {
  try {
    return JSON.parse(json)
  } catch (cause) {
    const why = (cause as Error).message
    throw new Error(`the data of ${type} is no JSON (${why}): put it in single quotes, such as '{"id":"5"}'`, { cause })
  }
}

function unknownType(type: string, types: readonly string[]): string {
  const meant = nearest(type, types, tolerance)
  if (meant !== undefined) return `there is no contract of type ${type}: did you mean ${meant}?`
  const known = types.length === 0 ? 'it exports none' : `it has ${types.toSorted().join(', ')}`
  return `handlers/contracts/index.ts has no contract of type ${type}: ${known}`
}

/** A contract leaves out fields that it does not know. A person who typed one expects it to count, so it is a mistake here. */
function unknownField(schema: z.core.JSONSchema._JSONSchema, value: unknown, path = ''): string | undefined {
  if (typeof schema !== 'object' || typeof value !== 'object' || value === null) return undefined
  const choices = schema.anyOf ?? schema.oneOf
  if (choices) {
    const wrong = choices.map((choice) => unknownField(choice, value, path))
    return wrong.includes(undefined) ? undefined : wrong[0]
  }
  if (Array.isArray(value)) {
    const { items } = schema
    if (items === undefined || Array.isArray(items)) return undefined
    return first(value.map((each, index) => unknownField(items, each, `${path}[${index}]`)))
  }
  const { properties, additionalProperties } = schema
  if (!properties) return undefined
  return first(
    Object.entries(value).map(([name, inner]) => {
      const inside = path === '' ? name : `${path}.${name}`
      const known = properties[name]
      if (known !== undefined) return unknownField(known, inner, inside)
      return additionalProperties ? undefined : strangerAt(inside, name, Object.keys(properties))
    }),
  )
}

function strangerAt(path: string, name: string, names: readonly string[]): string {
  const meant = nearest(name, names, tolerance)
  const rest = meant === undefined ? `its fields are ${names.join(', ') || 'none'}` : `did you mean ${meant}?`
  return `${path} is not a known field: ${rest}`
}

function first(sentences: readonly (string | undefined)[]): string | undefined {
  return sentences.find((sentence) => sentence !== undefined)
}
