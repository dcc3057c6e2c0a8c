import { handler, onBatch, onBroadcast } from 'warren'
import { MaintenanceAnnounced } from '#contracts'
import { gateway } from './app.ts'
import { milestones } from './milestones.ts'
import { Maintenance } from './maintenance.ts'
import { settings, type Settings } from './settings.ts'
import { recordEvents } from './timeline.ts'

/** HTTP in, messages out; and every event of an order's life into its timeline. */
export const timeline = ({ maintenance }: Pick<Ports, 'maintenance'>) => [
  ...onBatch(
    milestones.map(({ contract }) => contract),
    recordEvents,
  ),
  onBroadcast(MaintenanceAnnounced, (notice) => maintenance.hear(notice)),
]

type Ports = Settings & { readonly maintenance: Maintenance }

export default handler({
  subscriptions: timeline,
  ports: ({ env }) => ({
    ...settings({
      AUTH_SECRET: env('AUTH_SECRET'),
      RATE_LIMIT: env('RATE_LIMIT'),
      ADMIN_ROUTES: env('ADMIN_ROUTES'),
    }),
    maintenance: new Maintenance(),
  }),
  serve: gateway,
})
