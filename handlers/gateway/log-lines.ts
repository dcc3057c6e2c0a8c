import { randomUUID } from 'node:crypto'
import { LogWritten } from '#contracts'
import type { DataOf, Submit } from 'warren'
import type { Logger } from 'pino'

type Line = Omit<DataOf<typeof LogWritten>, 'lineId' | 'times'>
type Counted = DataOf<typeof LogWritten> & { readonly correlationId: string }

/**
 * Sends lines to those that keep the logs. Equal lines of a second become one, with their number, so that a flood of requests writes no
 * flood of rows; no request waits for it. The lines of the last second are lost with the process: its own log has them too.
 */
export class LogLines {
  readonly #submit: Submit
  readonly #log: Logger
  readonly #every: number
  readonly #gathered = new Map<string, Counted>()
  /** Sent unchanged until they are stored: their ids show a repeat. */
  #sending: Counted[] = []
  #timer: NodeJS.Timeout | undefined

  /** @param every milliseconds in which equal lines become one */
  constructor(submit: Submit, log: Logger, every = 1_000) {
    this.#submit = submit
    this.#log = log
    this.#every = every
  }

  /** @param line one of few: equal lines are counted in memory */
  add(line: Line, correlationId: string): void {
    const key = JSON.stringify(line)
    const { times, ...first } = this.#gathered.get(key) ?? { ...line, lineId: randomUUID(), times: 0, correlationId }
    this.#gathered.set(key, { ...first, times: times + 1 })
    this.#sendSoon()
  }

  #sendSoon(): void {
    this.#timer ??= setTimeout(() => void this.#send(), this.#every).unref()
  }

  async #send(): Promise<void> {
    if (this.#sending.length === 0) {
      this.#sending = [...this.#gathered.values()]
      this.#gathered.clear()
    }
    try {
      for (const { correlationId, ...line } of this.#sending)
        await this.#submit(async () => ({ value: undefined, messages: [LogWritten(line)] }), { correlationId })
      this.#sending = []
    } catch (error) {
      this.#log.warn({ err: error, lines: this.#sending.length }, 'lines of the log wait to be sent')
    }
    this.#timer = undefined
    if (this.#sending.length + this.#gathered.size > 0) this.#sendSoon()
  }
}
