import type { Submit } from 'warren'
import * as z from 'zod'
import { MaintenanceAnnounced, fields } from '#contracts'
import { route } from '../route.ts'

/** Days for which the broker keeps a broadcast, and with it the gateways that start later. */
const longest = 7

const Notice = z.strictObject({
  text: fields.headerText(200),
  until: z.iso
    .datetime()
    .refine((end) => Date.parse(end) < Date.now() + longest * 86_400_000, `must be within ${longest} days`)
    .nullable()
    .meta({ description: 'The end of the notice, within 7 days; null ends the one that stands.' }),
  closed: z.boolean().meta({ description: 'Whether the shop answers 503 with Retry-After until then.' }),
})

export const announceMaintenance = (submit: Submit) =>
  route({
    name: 'announceMaintenance',
    method: 'post',
    path: '/api/admin/broadcast',
    summary: 'Shows a notice of maintenance at every gateway, in the headers x-maintenance and x-maintenance-until',
    admin: true,
    body: Notice,
    answers: { 202: { description: 'The notice is on its way to every gateway.', schema: Notice } },
    async handle({ body, correlationId }) {
      await submit(async () => ({ value: undefined, messages: [MaintenanceAnnounced(body)] }), { correlationId })
      return { status: 202, body }
    },
  })
