import * as z from 'zod'
import type { AnyContract } from '#runtime'
import * as contracts from './index.ts'

const schemas = Object.values(contracts as Record<string, unknown>)
  .filter((exported): exported is AnyContract => typeof exported === 'function' && 'schema' in exported)
  .map(({ type, schema }) => [type, schema] as const)

/** The paths of all patterns that have no words of their own, and so could not be explained. */
function unexplained(schema: z.ZodType, path: string): string[] {
  if (schema instanceof z.ZodObject)
    return Object.entries(schema.shape).flatMap(([name, field]) => unexplained(field as z.ZodType, `${path}.${name}`))
  if (schema instanceof z.ZodArray) return unexplained(schema.element as z.ZodType, `${path}[]`)
  const patterns = (schema.def as { checks?: z.core.$ZodCheck[] }).checks?.map(({ _zod }) => _zod.def) ?? []
  return patterns
    .filter((pattern) => (pattern as { format?: string }).format === 'regex')
    .filter(({ error }) => !String(error?.({} as never)).startsWith('must '))
    .map(() => path)
}

test.each(schemas)('%s explains each of its patterns in words', (type, schema) => {
  expect(unexplained(schema, type)).toEqual([])
})
