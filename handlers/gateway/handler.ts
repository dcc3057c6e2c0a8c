import { handler, onBatch } from 'warren'
import { gateway } from './app.ts'
import { milestones } from './milestones.ts'
import { settings } from './settings.ts'
import { recordEvents } from './timeline.ts'

/** HTTP in, messages out; and every event of an order's life into its timeline. */
export const timeline = () =>
  onBatch(
    milestones.map(({ contract }) => contract),
    recordEvents,
  )

export default handler({
  subscriptions: timeline,
  ports: ({ env }) =>
    settings({
      AUTH_SECRET: env('AUTH_SECRET'),
      RATE_LIMIT: env('RATE_LIMIT'),
      ADMIN_ROUTES: env('ADMIN_ROUTES'),
    }),
  serve: gateway,
})
