import type { RequestHandler } from 'express'
import type { Logger } from 'pino'

/** Logs one line per request. Its size does not depend on the client's input: it contains the route's pattern, not the path. */
export function accessLog(log: Logger): RequestHandler {
  return (request, response, next) => {
    const begin = performance.now()
    response.on('close', () => {
      const { correlationId, customer } = response.locals
      log.info(
        {
          method: request.method,
          route: request.route?.path ?? 'unknown',
          status: response.writableFinished ? response.statusCode : 'aborted',
          ms: Math.round(performance.now() - begin),
          customer: customer?.id,
          correlationId,
        },
        'request',
      )
    })
    next()
  }
}
