import type { RequestListener } from 'node:http'
import type { World } from 'warren'
import express, { type RequestHandler } from 'express'
import { accessLog } from './access-log.ts'
import { adminsOnly, offered } from './admin.ts'
import { answer, refuse } from './answer.ts'
import { authentication } from './auth.ts'
import { correlation } from './correlation.ts'
import { LogLines } from './log-lines.ts'
import { openApi } from './openapi.ts'
import { refuseWhileClosed, showNotice, staysOpen, type Maintenance } from './maintenance.ts'
import { Problem } from './problem.ts'
import { limitByAddress, limitByCustomer } from './rate-limit.ts'
import type { Route } from './route.ts'
import { announceMaintenance } from './routes/announce-maintenance.ts'
import { cancelOrder } from './routes/cancel-order.ts'
import { health } from './routes/health.ts'
import { listOrders } from './routes/list-orders.ts'
import { listProducts } from './routes/list-products.ts'
import { placeOrder } from './routes/place-order.ts'
import { readAnalytics } from './routes/read-analytics.ts'
import { readOrder } from './routes/read-order.ts'
import { readStock } from './routes/read-stock.ts'
import { readTrail } from './routes/read-trail.ts'
import { feedStock } from './routes/feed-stock.ts'
import { simulateFailure } from './routes/simulate-failure.ts'
import { securityHeaders } from './security-headers.ts'
import { StockCheck } from './stock-check.ts'
import type { Settings } from './settings.ts'

export type Ports = Pick<World, 'read' | 'submit' | 'ask' | 'log'>

/** Every route that a gateway may have, except its OpenAPI document. */
export function routes({ read, submit, ask }: Pick<World, 'read' | 'submit' | 'ask'>): Route[] {
  return [
    ...[placeOrder(submit, new StockCheck(ask)), listOrders(read), readOrder(read), cancelOrder(submit)],
    ...[listProducts, readStock(ask), health(read)],
    announceMaintenance(submit),
    feedStock(submit),
    readTrail(ask),
    readAnalytics(ask),
    simulateFailure(submit),
  ]
}

/** The shop's HTTP API: an Express application built from its routes. */
export function gateway(
  { secret, rateLimit, adminRoutes, maintenance }: Settings & { readonly maintenance: Maintenance },
  ports: Ports,
): RequestListener {
  const { log } = ports
  const shop = offered(routes(ports), adminRoutes)
  const all = [...shop, openApi(shop)]
  const app = express()
  app.disable('x-powered-by').disable('etag').enable('case sensitive routing').enable('strict routing')
  app.set('query parser', 'simple')
  app.use(
    refuseOldHttp,
    correlation,
    securityHeaders,
    showNotice(maintenance),
    accessLog(log),
    limitByAddress(rateLimit),
  )

  const customersOnly = [signIn(authentication(secret)), limitByCustomer(rateLimit)]
  const before = (route: Route) => [
    ...(staysOpen(route) ? [] : [refuseWhileClosed(maintenance)]),
    ...(route.open ? [] : customersOnly),
    ...(route.admin ? [adminsOnly] : []),
  ]
  for (const route of all) app[route.method](expressPath(route), before(route), answer(route, log))
  for (const path of new Set(all.map(expressPath))) app.all(path, methodNotAllowed(path, all))
  app.use(() => {
    throw new Problem(404, 'no resource exists at this path')
  })
  app.use(refuse(log, new LogLines(ports.submit, log)))
  return app
}

/** Refuses HTTP/0.9, which Node's parser accepts although it has no headers. */
const refuseOldHttp: RequestHandler = ({ httpVersionMajor }, _response, next) => {
  if (httpVersionMajor < 1) throw new Problem(400, 'HTTP/0.9 is not supported', { connection: 'close' })
  next()
}

/** The path in Express's syntax: `/api/orders/{orderId}` becomes `/api/orders/:orderId`. */
function expressPath({ path }: Route): string {
  return path.replaceAll(/\{(\w+)\}/g, ':$1')
}

function signIn(authenticate: ReturnType<typeof authentication>): RequestHandler {
  return async ({ headers }, { locals }, next) => {
    locals.customer = await authenticate(headers.authorization)
    next()
  }
}

function methodNotAllowed(path: string, all: readonly Route[]): RequestHandler {
  const allow = all
    .filter((route) => expressPath(route) === path)
    .map(({ method }) => (method === 'get' ? 'GET, HEAD' : 'POST'))
    .join(', ')
  return ({ method }) => {
    throw new Problem(405, `${method} is not allowed here; allowed: ${allow}`, { allow })
  }
}
