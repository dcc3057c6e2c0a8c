import type { Logger } from 'pino'
import * as z from 'zod'
import type { Customer } from '#contracts'

type Fields = z.ZodObject

/** The validated input of a route. */
export interface Asked<Path extends Fields, Query extends Fields, Headers extends Fields, Body extends z.ZodType> {
  readonly customer: Customer
  readonly correlationId: string
  readonly path: z.output<Path>
  readonly query: z.output<Query>
  readonly headers: z.output<Headers>
  readonly body: z.output<Body>
  readonly log: Logger
}

export interface Answer {
  readonly status: number
  /** JSON, or the bytes of an answer of another type. */
  readonly body: unknown
  readonly headers?: Readonly<Record<string, string>>
}

/** The documentation of one response. */
export interface Documented {
  readonly description: string
  readonly schema: z.ZodType
  /** `application/json` by default. */
  readonly type?: string
  readonly headers?: Readonly<Record<string, string>>
}

/** One method of one path: its input, responses and implementation. Express routes and the OpenAPI document are derived from it. */
export interface Route {
  readonly name: string
  readonly method: 'get' | 'post'
  /** As in OpenAPI: `/api/orders/{orderId}`. */
  readonly path: `/${string}`
  readonly summary: string
  /** Whether the route is public; all others require a customer's token. */
  readonly open: boolean
  /** Whether the route requires an admin's token, and exists only where the admin routes are on. */
  readonly admin: boolean
  readonly parameters: { readonly path?: Fields; readonly query?: Fields; readonly headers?: Fields }
  readonly body?: z.ZodType
  readonly answers: Readonly<Record<number, Documented>>
  /** The route's own error responses and their causes, in addition to those of every route. */
  readonly refusals: Readonly<Record<number, string>>
  readonly handle: (asked: Asked<any, any, any, any>) => Promise<Answer> | Answer
}

type None = z.ZodObject<{}>

export interface Definition<
  Path extends Fields,
  Query extends Fields,
  Headers extends Fields,
  Body extends z.ZodType,
> extends Pick<Route, 'name' | 'method' | 'path' | 'summary' | 'answers'> {
  readonly open?: boolean
  readonly admin?: boolean
  readonly parameters?: { readonly path?: Path; readonly query?: Query; readonly headers?: Headers }
  readonly body?: Body
  readonly refusals?: Route['refusals']
  readonly handle: (asked: Asked<Path, Query, Headers, Body>) => Promise<Answer> | Answer
}

/** Defines a route; the argument of `handle` has the types of its schemas. */
export function route<
  Path extends Fields = None,
  Query extends Fields = None,
  Headers extends Fields = None,
  Body extends z.ZodType = z.ZodUndefined,
>(definition: Definition<Path, Query, Headers, Body>): Route {
  return { open: false, admin: false, parameters: {}, refusals: {}, ...definition }
}
