import * as z from 'zod'
import type { AnyContract } from 'warren'
import * as contracts from './index.ts'

const schemas = Object.values(contracts as Record<string, unknown>)
  .filter((exported): exported is AnyContract => typeof exported === 'function' && 'schema' in exported)
  .map(({ type, schema }) => [type, schema] as const)

/** The paths of all patterns that have no words of their own, and so could not be explained. */
function unexplained(schema: z.ZodType, path: string): string[] {
  if (schema instanceof z.ZodObject)
    return Object.entries(schema.shape).flatMap(([name, field]) => unexplained(field as z.ZodType, `${path}.${name}`))
  if (schema instanceof z.ZodArray) return unexplained(schema.element as z.ZodType, `${path}[]`)
  const rules = (schema.def as { checks?: z.core.$ZodCheck[] }).checks?.map(({ _zod }) => _zod.def) ?? []
  const patterns = rules.filter((rule) => (rule as { format?: string }).format === 'regex')
  return patterns.filter(({ error }) => !wordsOf(error).startsWith('must ')).map(() => path)
}

function wordsOf(error: z.core.$ZodErrorMap<never> | undefined): string {
  const words = error?.({} as never)
  return typeof words === 'string' ? words : (words?.message ?? '')
}

test.each(schemas)('%s explains each of its patterns in words', (type, schema) => {
  expect(unexplained(schema, type)).toEqual([])
})
