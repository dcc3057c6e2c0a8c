import * as z from 'zod'
import { ProblemBody } from './problem.ts'
import { route, type Documented, type Route } from './route.ts'

type Json = Record<string, unknown>

/** Error responses that any route may give, and their causes. */
const always = {
  429: 'Too many requests from this address or customer.',
  500: 'An internal error of the shop.',
  503: 'Temporarily unavailable: a part of the shop is down.',
}
const refusals = {
  path: { 404: 'No resource exists at this path.' },
  query: { 400: 'A query parameter is invalid.' },
  headers: { 400: 'A header is invalid.' },
  body: {
    400: 'A header is invalid, or the body is not unambiguous JSON.',
    413: 'The body is larger than 64 KiB.',
    415: 'The body is not JSON in UTF-8, or is compressed.',
    422: 'A field of the body is invalid.',
  },
  customer: { 401: 'The bearer token is missing, expired or invalid.' },
  admin: { 403: "The bearer token is not an admin's." },
}

/** Documents routes as OpenAPI 3.1, from the same schemas that validate their requests. */
export function openApi(routes: readonly Route[]): Route {
  const self: Route = route({
    name: 'readOpenApi',
    method: 'get',
    path: '/openapi.json',
    summary: 'This document',
    open: true,
    answers: { 200: { description: 'OpenAPI 3.1.', schema: z.looseObject({ openapi: z.string() }) } },
    handle: () => ({ status: 200, body: document }),
  })
  const document = JSON.stringify(withNamedSchemas(documentOf([...routes, self])))
  return self
}

function documentOf(routes: readonly Route[]) {
  const paths: Record<string, Json> = {}
  for (const one of routes) (paths[one.path] ??= {})[one.method] = operation(one)
  return {
    openapi: '3.1.0',
    info: {
      title: 'Shop',
      version: '1',
      description:
        'Every response has an `x-correlation-id`: the one in the request (1 to 64 letters, digits, `.`, `_`, `-`), or a new one.',
    },
    paths,
    components: {
      schemas: { Problem: schemaOf(ProblemBody, 'output') },
      securitySchemes: { customer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
    },
  }
}

/** Moves the schemas that have a name, which stand beside each use, to one place. */
function withNamedSchemas({ components, ...document }: ReturnType<typeof documentOf>): Json {
  const named: Json = {}
  const text = JSON.stringify(document).replaceAll('"#/$defs/', '"#/components/schemas/')
  const rest = JSON.parse(text, (field, value: unknown) => {
    if (field !== '$defs') return value
    Object.assign(named, value)
    return undefined
  }) as Json
  return { ...rest, components: { ...components, schemas: { ...components.schemas, ...named } } }
}

function operation({ name, summary, open, admin, parameters, body, answers, refusals: own }: Route): Json {
  const refused: Record<number, string> = {
    ...always,
    ...(!open && refusals.customer),
    ...(admin && refusals.admin),
    ...(parameters.path && refusals.path),
    ...(parameters.query && refusals.query),
    ...(parameters.headers && refusals.headers),
    ...(body && refusals.body),
    ...own,
  }
  return {
    operationId: name,
    summary,
    security: open ? [] : [{ customer: [] }],
    parameters: [
      ...fields('path', parameters.path),
      ...fields('query', parameters.query),
      ...fields('header', parameters.headers),
    ],
    ...(body && {
      requestBody: { required: true, content: { 'application/json': { schema: schemaOf(body, 'input') } } },
    }),
    responses: {
      ...Object.fromEntries(Object.entries(answers).map(([status, answer]) => [status, response(answer)])),
      ...Object.fromEntries(Object.entries(refused).map(([status, description]) => [status, refusal(description)])),
    },
  }
}

function fields(place: 'path' | 'query' | 'header', schema: z.ZodObject | undefined): Json[] {
  return Object.entries(schema?.shape ?? {}).map(([name, field]) => {
    const { description, default: _default, ...rest } = schemaOf(field as z.ZodType, 'input')
    const required = !(field as z.ZodType).safeParse(undefined).success
    return { name, in: place, required, ...(description !== undefined && { description }), schema: rest }
  })
}

function response({ description, schema, type = 'application/json', headers = {} }: Documented): Json {
  return {
    description,
    headers: Object.fromEntries(
      Object.entries(headers).map(([name, description]) => [
        name,
        { description, required: true, schema: { type: 'string' } },
      ]),
    ),
    content: { [type]: { schema: schemaOf(schema, 'output') } },
  }
}

function refusal(description: string): Json {
  return { description, content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } } }
}

function schemaOf(schema: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io }) as Json
  return rest
}
