import type { RequestHandler } from 'express'
import { ipKeyGenerator, rateLimit, type Options } from 'express-rate-limit'
import { Problem } from './problem.ts'

const minute = 60_000
/** How a socket of IPv6 tells an address of IPv4. */
const mapped = /^::ffff:(?=[\d.]+$)/

/** At most so many requests a minute from one address (of a network of IPv6 addresses: together). */
export function limitByAddress(limit: number): RequestHandler {
  return limited(limit, 'address', ({ ip = '' }) => (mapped.test(ip) ? ip : ipKeyGenerator(ip)))
}

/** At most so many requests a minute of one customer, from wherever. */
export function limitByCustomer(limit: number): RequestHandler {
  return limited(limit, 'customer', (_request, { locals }) => locals.customer.id)
}

function limited(limit: number, who: string, keyGenerator: Options['keyGenerator']): RequestHandler {
  return rateLimit({
    windowMs: minute,
    limit,
    legacyHeaders: false,
    // Forwarded addresses are not believed and so not worth a warning.
    validate: { xForwardedForHeader: false, forwardedHeader: false },
    handler(request, _response, next) {
      const { resetTime } = (request as unknown as { rateLimit: { resetTime: Date } }).rateLimit
      const seconds = Math.max(1, Math.ceil((resetTime.getTime() - Date.now()) / 1000))
      next(
        new Problem(429, `too many requests of this ${who}: ${limit} a minute are possible`, {
          'retry-after': String(seconds),
        }),
      )
    },
    keyGenerator,
  })
}
