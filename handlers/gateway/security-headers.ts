import type { RequestHandler } from 'express'

/** An API's answers are data: never a page, never framed, never guessed at, never kept by a cache. */
export const securityHeaders: RequestHandler = (_request, response, next) => {
  response.setHeader('cache-control', 'no-store')
  response.setHeader('content-security-policy', "default-src 'none'; frame-ancestors 'none'")
  response.setHeader('referrer-policy', 'no-referrer')
  response.setHeader('x-content-type-options', 'nosniff')
  next()
}
