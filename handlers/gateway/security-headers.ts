import type { RequestHandler } from 'express'

/** An API returns data: never a page, never framed, never sniffed, never cached. */
export const securityHeaders: RequestHandler = (_request, response, next) => {
  response.setHeader('cache-control', 'no-store')
  response.setHeader('content-security-policy', "default-src 'none'; frame-ancestors 'none'")
  response.setHeader('referrer-policy', 'no-referrer')
  response.setHeader('x-content-type-options', 'nosniff')
  next()
}
