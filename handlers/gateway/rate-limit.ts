import type { RequestHandler } from 'express'
import { ipKeyGenerator, rateLimit, type Options } from 'express-rate-limit'
import { Problem } from './problem.ts'

const minute = 60_000
/** The prefix of an IPv4 address on an IPv6 socket. */
const mapped = /^::ffff:(?=[\d.]+$)/

/** Limits the requests per minute from one address; the addresses of an IPv6 network share one limit. */
export function limitByAddress(limit: number): RequestHandler {
  return limited(limit, 'address', ({ ip = '' }) => (mapped.test(ip) ? ip : ipKeyGenerator(ip)))
}

/** Limits the requests per minute of one customer, from any address. */
export function limitByCustomer(limit: number): RequestHandler {
  return limited(limit, 'customer', (_request, { locals }) => locals.customer.id)
}

function limited(limit: number, who: string, keyGenerator: Options['keyGenerator']): RequestHandler {
  return rateLimit({
    windowMs: minute,
    limit,
    legacyHeaders: false,
    // Forwarded addresses are not trusted, so they need no warning.
    validate: { xForwardedForHeader: false, forwardedHeader: false },
    handler(request, _response, next) {
      const { resetTime } = (request as unknown as { rateLimit: { resetTime: Date } }).rateLimit
      const seconds = Math.max(1, Math.ceil((resetTime.getTime() - Date.now()) / 1000))
      next(
        new Problem(429, `too many requests from this ${who}: the limit is ${limit} per minute`, {
          'retry-after': String(seconds),
        }),
      )
    },
    keyGenerator,
  })
}
