import { randomUUID } from 'node:crypto'
import type { RequestHandler } from 'express'

const header = 'x-correlation-id'
const acceptable = /^[A-Za-z0-9._-]{1,64}$/

/** Sets the correlation id of a request's messages and log lines: the client's own, or a new one if that is missing or malformed. */
export const correlation: RequestHandler = ({ headers }, response, next) => {
  const wish = headers[header]
  const id = typeof wish === 'string' && acceptable.test(wish) ? wish : randomUUID()
  response.locals.correlationId = id
  response.setHeader(header, id)
  next()
}
