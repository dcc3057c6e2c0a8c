import type { Books } from './books.ts'
import { count, type Verdict } from './verdict.ts'

/**
 * What handlers have decided to say was said. Outputs stay in the inbox when a process ends between their confirm and its next
 * transaction; so of those the inboxes of their consumers are asked.
 */
export function everyOutputWasPublished({ storage }: Books): Verdict {
  const { outbox, outputs, consumers, handled } = storage
  const lost = outputs.flatMap(({ handler, id, type }) =>
    (consumers.get(type) ?? [])
      .filter((consumer) => !handled.get(consumer)?.has(id))
      .map((consumer) => `${type} ${id} of ${handler} has not reached ${consumer}`),
  )
  return {
    promise: 'every stored output has reached its handlers',
    figures: `${outbox.length} in outboxes, ${outputs.length} kept in inboxes`,
    breaches: [...outbox.map(({ handler, id, type }) => `${type} ${id} is still in the outbox of ${handler}`), ...lost],
  }
}

/** No timer is left for an order that has ended, and none is overdue. */
export function noTimerIsLeft({ sagas, storage: { timers } }: Books): Verdict {
  const ended = new Set(sagas.filter(({ status }) => status !== 'running').map(({ order }) => order))
  return {
    promise: 'no timer is left of an order that has ended, none is overdue',
    figures: count(timers.length, 'timer'),
    breaches: timers.flatMap(({ handler, name, overdue }) => {
      const order = name?.split(':').at(-1) ?? ''
      if (ended.has(order)) return [`order ${order} has ended, and its timer is still there`]
      return overdue ? [`a timer of ${handler}${name ? ` (${name})` : ''} is overdue`] : []
    }),
  }
}
