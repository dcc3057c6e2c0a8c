import { wrongField } from 'warren'
import type { Request } from 'express'
import type * as z from 'zod'
import { readJson } from './body.ts'
import { Problem } from './problem.ts'
import type { Route } from './route.ts'

/** Validates a request with its route's schemas. Throws a `Problem`: 404 for the path, 400 for query, headers and JSON, 422 for the body. */
export async function check({ parameters, body }: Route, request: Request) {
  return {
    path: parameters.path && parse(parameters.path, request.params, 404, 'the path'),
    query: parameters.query && parse(parameters.query, request.query, 400, 'the query'),
    headers: parameters.headers && parse(parameters.headers, single(parameters.headers, request), 400, 'the headers'),
    body: body && parse(body, await readJson(request), 422, 'the body'),
  }
}

function parse(schema: z.ZodType, value: unknown, status: number, whole: string): unknown {
  const parsed = schema.safeParse(value)
  if (!parsed.success) throw new Problem(status, wrongField(parsed.error, whole))
  return parsed.data
}

/** The headers that a route declares. Node joins repeated headers with a comma, which could turn two values into a valid one. */
function single({ shape }: z.ZodObject, { headersDistinct }: Request): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.keys(shape).map((name) => {
      const values = headersDistinct[name] ?? []
      if (values.length > 1) throw new Problem(400, `${name} must be sent only once (got ${values.length})`)
      return [name, values[0]]
    }),
  )
}
