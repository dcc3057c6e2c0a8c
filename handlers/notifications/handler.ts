import { OrderCancelled, OrderConfirmed } from '#contracts'
import { handler, on } from 'warren'
import { smtpMailer, type Mailer } from './mailer.ts'
import { cancelled, confirmed } from './mails.ts'

/** Tells customers by mail how their order ended. */
export const notifications = (mailer: Mailer) => [
  on(OrderConfirmed, { call: (order, { signal }) => mailer.send(confirmed(order), signal) }),
  on(OrderCancelled, { call: (order, { signal }) => mailer.send(cancelled(order), signal) }),
]

export default handler({
  subscriptions: notifications,
  ports: ({ env }) => smtpMailer(env('SMTP_URL'), env('MAIL_FROM')),
})
