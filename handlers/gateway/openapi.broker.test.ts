import { createWorld, type World } from '#testbed'
import fc from 'fast-check'
import * as z from 'zod'
import { mutated, valid, type JsonSchema } from './testing/from-schema.ts'
import { post, secret, signedIn } from './testing/server.ts'

interface Response_ {
  readonly headers?: Readonly<Record<string, { required: boolean }>>
  readonly content: Readonly<Record<string, { schema: JsonSchema & { $ref?: string } }>>
}
interface Operation {
  readonly operationId: string
  readonly security: readonly object[]
  readonly parameters: readonly {
    name: string
    in: 'path' | 'query' | 'header'
    required: boolean
    schema: JsonSchema
  }[]
  readonly requestBody?: { content: { 'application/json': { schema: JsonSchema } } }
  readonly responses: Readonly<Record<string, Response_>>
}
interface Document {
  readonly openapi: string
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: { schemas: { Problem: JsonSchema } }
}

let world: World
let url: string
let document: Document
let operations: { path: string; method: string; operation: Operation }[]
const orderIds: string[] = []

beforeAll(async () => {
  world = await createWorld(['gateway', 'orders', 'inventory'])
  const inventory = await world.spawn('inventory')
  const gateway = await world.spawn('gateway', { AUTH_SECRET: secret, RATE_LIMIT: '1000000' })
  await Promise.all([gateway.ready, inventory.ready])
  url = `http://127.0.0.1:${gateway.httpPort}`
  document = (await (await fetch(`${url}/openapi.json`)).json()) as Document
  orderIds.push(((await (await post(url)).json()) as { orderId: string }).orderId)
  operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  )
})
afterAll(() => world?.close())

test('the document lists every operation with its error responses', () => {
  expect(document.openapi).toBe('3.1.0')
  expect(operations.map(({ method, path }) => `${method} ${path}`)).toEqual([
    'post /api/orders',
    'get /api/orders',
    'get /api/orders/{orderId}',
    'post /api/orders/{orderId}/cancel',
    'get /api/orders/{orderId}/invoice',
    'get /api/products',
    'get /api/products/{sku}/stock',
    'get /api/points',
    'get /health',
    'get /openapi.json',
  ])
  const statuses = (name: string) =>
    Object.keys(operations.find(({ operation }) => operation.operationId === name)?.operation.responses ?? {}).join(' ')
  expect(statuses('placeOrder')).toBe('202 400 401 413 415 422 429 500 503')
  expect(statuses('cancelOrder')).toBe('202 401 404 409 429 500 503')
  expect(statuses('listProducts')).toBe('200 429 500 503')
})

test.each(['placeOrder', 'listOrders', 'readOrder', 'cancelOrder', 'listProducts', 'health', 'readOpenApi'])(
  '%s answers as documented, whatever it is asked',
  async (name) => {
    const { path, method, operation } = operations.find(
      ({ operation }) => operation.operationId === name,
    ) as (typeof operations)[0]
    const answers = new Set<number>()
    await fc.assert(
      fc.asyncProperty(requests(operation), async ({ parameters, body, asIs, signed }) => {
        const target = new URL(
          url + path.replaceAll(/\{(\w+)\}/g, (_, field) => encodeURIComponent(parameters[field] ?? 'x')),
        )
        const headers: Record<string, string> = { ...(signed && (await signedIn())) }
        for (const { name, in: place } of operation.parameters) {
          const value = parameters[name]
          if (value === undefined) continue
          if (place === 'query') target.searchParams.set(name, value)
          if (place === 'header') headers[name] = encodeURIComponent(value).slice(0, 4_000)
        }
        const text = asIs ?? (body === undefined ? undefined : JSON.stringify(body))
        if (text !== undefined) headers['content-type'] = 'application/json'
        const answer = await fetch(target, {
          method: method.toUpperCase(),
          headers,
          ...(text !== undefined && { body: text }),
        })
        answers.add(answer.status)
        const said = (await answer.json()) as { orderId?: string }
        checkAnswer(operation, answer, said)
        if (answer.status === 202 && said.orderId !== undefined) orderIds.push(said.orderId)

        if (answer.ok) expect(signed || operation.security.length === 0).toBe(true)
        if (answer.ok && operation.requestBody) {
          expect(() =>
            z
              .fromJSONSchema(operation.requestBody?.content['application/json'].schema as never)
              .parse(JSON.parse(text ?? '')),
          ).not.toThrow()
        }
      }),
      { numRuns: 300 },
    )
    // Otherwise no request was ever valid, and the test proved nothing.
    expect([...answers].some((status) => status < 300)).toBe(true)
    expect(answers).not.toContain(500)
  },
  120_000,
)

/** Clients resolve dot segments before sending, which would change the path. */
const segment = fc.string().filter((text) => text !== '.' && text !== '..')

/** Valid requests, and requests with one invalid value. */
function requests(operation: Operation) {
  const parameters = fc.record(
    Object.fromEntries(
      operation.parameters.map(({ name, in: place, schema }) => {
        const right = place === 'path' ? fc.oneof(fc.constant('a known order'), valid(schema)) : valid(schema)
        return [
          name,
          fc.oneof(
            { weight: 6, arbitrary: right as fc.Arbitrary<string> },
            { weight: 1, arbitrary: place === 'path' ? segment : fc.string() },
          ),
        ]
      }),
    ),
    { requiredKeys: operation.parameters.filter(({ in: place }) => place === 'path').map(({ name }) => name) },
  ) as fc.Arbitrary<Record<string, string>>
  const schema = operation.requestBody?.content['application/json'].schema
  const body = schema ? fc.oneof(valid(schema), valid(schema).chain(mutated)) : fc.constant(undefined)
  return fc
    .record({
      parameters,
      body,
      asIs: schema ? fc.option(fc.string(), { freq: 20, nil: undefined }) : fc.constant(undefined),
      signed: fc.integer({ min: 0, max: 9 }).map((number) => number > 0),
    })
    .map((request) => {
      const known = orderIds.at(-1)
      const isKnown = request.parameters.orderId === 'a known order' && known !== undefined
      return isKnown ? { ...request, parameters: { ...request.parameters, orderId: known } } : request
    })
}

function checkAnswer({ responses, operationId }: Operation, answer: Response, said: unknown) {
  const documented = responses[answer.status]
  if (!documented)
    throw new Error(`${operationId} answered ${answer.status}, which is not documented: ${JSON.stringify(said)}`)
  const type = answer.headers.get('content-type') ?? ''
  expect(Object.keys(documented.content)).toEqual([type])
  const { schema } = documented.content[type] as { schema: JsonSchema & { $ref?: string } }
  z.fromJSONSchema((schema.$ref ? document.components.schemas.Problem : schema) as never).parse(said)
  for (const [name, { required }] of Object.entries(documented.headers ?? {})) {
    if (required) expect(answer.headers.get(name)).toEqual(expect.any(String))
  }
}
