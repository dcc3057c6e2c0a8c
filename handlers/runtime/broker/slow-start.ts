import type { ConsumeMessage } from 'amqplib'
import { header } from '../message/headers.ts'

/** Deliveries that the process must outlive before it is given its full prefetch. */
const trustAfter = 5
/** Milliseconds after which a process that still lives has outlived what it holds. */
const outlivedAfter = 2_000

/**
 * Decides when a new process may hold more than one delivery: a message that kills its process must have no neighbours.
 *
 * The process is trusted when it has outlived five deliveries, or two seconds. A delivery that an earlier process did not survive starts
 * the count again, and must return: quorum queues hand out such messages first.
 */
export class SlowStart {
  readonly #trust: () => void
  #outlived = 0
  #patience: NodeJS.Timeout | undefined
  #over = false

  /** @param trust called once, when the process is trusted; false when it is not the moment, which the next delivery may bring */
  constructor(trust: () => boolean) {
    this.#trust = () => {
      if (this.#over || !trust()) return
      this.end()
    }
  }

  delivered(raw: ConsumeMessage): void {
    if (this.#over) return
    if (!isSuspect(raw)) return this.#outliveWithTime()
    this.#outlived = 0
    clearTimeout(this.#patience)
    this.#patience = undefined
  }

  /** The work of a delivery has returned. */
  outlived(): void {
    if (this.#over) return
    this.#outlived += 1
    this.#outliveWithTime()
    if (this.#outlived >= trustAfter) this.#trust()
  }

  end(): void {
    this.#over = true
    clearTimeout(this.#patience)
  }

  #outliveWithTime(): void {
    this.#patience ??= setTimeout(() => {
      this.#patience = undefined
      this.#trust()
    }, outlivedAfter)
  }
}

function isSuspect({ fields, properties }: ConsumeMessage): boolean {
  return fields.redelivered && Number(properties.headers?.[header.deliveryCount] ?? 0) >= 1
}
