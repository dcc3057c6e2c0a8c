import type { RequestHandler } from 'express'
import { Problem } from './problem.ts'
import type { Route } from './route.ts'

/** The routes of this gateway. Where the admin routes are off, they do not exist: their paths answer 404, and no document names them. */
export function offered(routes: readonly Route[], adminRoutes: boolean): Route[] {
  return routes.filter(({ admin }) => adminRoutes || !admin)
}

/** Refuses with 403 a customer whose token is not an admin's. */
export const adminsOnly: RequestHandler = (_request, { locals }, next) => {
  if (!locals.customer.admin) throw new Problem(403, "Authorization must contain an admin's token")
  next()
}
