import type { Confirmed } from '../database/inbox.ts'
import type { Outcome } from './outcome.ts'
import type { WorkItem } from './work-item.ts'

/** Rows whose outputs are all confirmed, until a transaction has marked them. */
export class ConfirmedRows {
  #rows: Confirmed = { inbox: [], timers: [], outbox: [] }

  get empty(): boolean {
    const { inbox, timers, outbox } = this.#rows
    return inbox.length + timers.length + outbox.length === 0
  }

  add({ source, id }: WorkItem, outcome: Outcome): void {
    const messages = outcome.kind === 'left' ? [] : outcome.messages
    const { inbox, timers, outbox } = this.#rows
    if (source.kind === 'submission' || source.kind === 'outbox') outbox.push(...messages.map((message) => message.id))
    else if (id !== undefined && messages.length > 0) inbox.push(id)
    if (source.kind === 'timer' && id !== undefined) timers.push(id)
  }

  /** Takes all, for a transaction that marks them. */
  take(): Confirmed {
    const taken = this.#rows
    this.#rows = { inbox: [], timers: [], outbox: [] }
    return taken
  }

  /** Puts back what a transaction that failed has not marked. */
  putBack({ inbox, timers, outbox }: Confirmed): void {
    this.#rows = {
      inbox: [...inbox, ...this.#rows.inbox],
      timers: [...timers, ...this.#rows.timers],
      outbox: [...outbox, ...this.#rows.outbox],
    }
  }
}
