import type { Books } from './books.ts'
import { count, type Verdict } from './verdict.ts'

/** One mail per order, of the right kind. SMTP cannot promise more than distinct ids, so repeats are counted apart. */
export function oneMailPerOrder({ sagas, mails }: Books): Verdict {
  const ended = sagas.filter(({ status, started }) => status !== 'running' && started)
  const sent = { done: new Set(mails.confirmed), failed: new Set(mails.cancelled), running: new Set<string>() }
  const ends = new Map(ended.map(({ order, status }) => [order, status]))

  const missing = ended.filter(({ order, status }) => !sent[status].has(order))
  const wrong = [
    ...mails.confirmed
      .filter((order) => ends.get(order) !== 'done')
      .map((order) => `order ${order} is not confirmed, its mail says so`),
    ...mails.cancelled
      .filter((order) => ends.get(order) !== 'failed')
      .map((order) => `order ${order} is not cancelled, its mail says so`),
  ]
  return {
    promise: 'one mail for each order’s end',
    figures: `${count(mails.confirmed.length, 'confirmation')}, ${count(mails.cancelled.length, 'cancellation')}, ${count(mails.repeats, 'repeat')} under the same id`,
    breaches: [
      ...missing.map(
        ({ order, status }) =>
          `order ${order} is ${status === 'done' ? 'confirmed' : 'cancelled'}, and no mail says so`,
      ),
      ...wrong,
      ...mails.foreign.map((id) => `a mail has the id ${id}, which is none of the shop’s`),
    ],
  }
}
