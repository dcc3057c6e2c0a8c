import type { RequestHandler } from 'express'
import type { DataOf } from 'warren'
import type { MaintenanceAnnounced } from '#contracts'
import { comeBack } from './problem.ts'
import type { Route } from './route.ts'

export type Notice = DataOf<typeof MaintenanceAnnounced>

/** The notice of maintenance that stands, in the memory of this process: until its end, or until the next one. */
export class Maintenance {
  #notice: Notice | undefined

  hear(notice: Notice): void {
    this.#notice = notice
  }

  /** The notice that stands, with the milliseconds until its end. */
  get standing(): (Notice & { readonly left: number }) | undefined {
    const left = Date.parse(this.#notice?.until ?? '') - Date.now()
    return this.#notice && left > 0 ? { ...this.#notice, left } : undefined
  }
}

/** Shows the notice that stands in the headers of every answer. */
export function showNotice(maintenance: Maintenance): RequestHandler {
  return (_request, response, next) => {
    const notice = maintenance.standing
    if (notice) response.setHeader('x-maintenance', notice.text).setHeader('x-maintenance-until', notice.until ?? '')
    next()
  }
}

/** Whether a route answers although the shop is closed. */
export function staysOpen({ admin, path }: Route): boolean {
  return admin || path === '/health'
}

/** Refuses requests with 503 while a notice that closes the shop stands. */
export function refuseWhileClosed(maintenance: Maintenance): RequestHandler {
  return (_request, _response, next) => {
    const notice = maintenance.standing
    if (notice?.closed) throw comeBack(`the shop is closed: ${notice.text}`, Math.ceil(notice.left / 1000))
    next()
  }
}
