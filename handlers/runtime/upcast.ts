import type { AnyContract } from './contract.ts'
import { wrongField } from './wrong-field.ts'

/** The data of a message as its contract knows it, or why there is none: its own data is wrong, or an upcast failed. */
export type Read = { readonly data: unknown } | { readonly flaw: 'data' | 'upcast'; readonly sentence: string }

/** The earlier versions whose messages a contract takes too, the latest first. */
export function earlierVersions({ upcasts }: AnyContract): AnyContract[] {
  return upcasts ? [upcasts[0], ...earlierVersions(upcasts[0])] : []
}

/**
 * Checks the data of a message of this type, which may be an earlier version, and leads it up to the contract: the schema of each
 * version is checked before the next upcast, so that an upcast never sees anything else.
 */
export function readAs(contract: AnyContract, type: string, value: unknown): Read {
  const { schema, upcasts } = contract
  if (type === contract.type || !upcasts) {
    const result = schema.safeParse(value)
    if (result.success) return { data: result.data }
    return { flaw: 'data', sentence: `${contract.type}: ${wrongField(result.error, 'the body')}` }
  }
  const [from, upcast] = upcasts
  const before = readAs(from, type, value)
  if ('flaw' in before) return before
  const what = `the upcast of ${from.type} to ${contract.type}`
  try {
    const result = schema.safeParse(upcast(before.data))
    if (result.success) return { data: result.data }
    return { flaw: 'upcast', sentence: `${what} made what the schema refuses: ${wrongField(result.error, 'its data')}` }
  } catch (error) {
    return { flaw: 'upcast', sentence: `${what} threw ${error instanceof Error ? error.message : String(error)}` }
  }
}
