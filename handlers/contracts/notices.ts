import { broadcast } from 'warren'
import * as z from 'zod'
import { headerText } from './fields.ts'

/** What every gateway shows until a time; `until: null` ends the notice that stands. */
export const MaintenanceAnnounced = broadcast('maintenance.announced.v1', {
  text: headerText(200),
  until: z.iso.datetime().nullable(),
  /** Whether the shop answers 503 until then. */
  closed: z.boolean(),
})
