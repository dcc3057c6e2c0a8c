import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { DataOf } from '../contract.ts'
import type { Database } from '../database/connection.ts'
import { DatabaseLost } from '../database/lost.ts'
import { Unavailable } from '../failures.ts'
import type { Batch, Subscription } from '../on.ts'
import { onBroadcast, type BroadcastContext } from '../on-broadcast.ts'
import { FailureSimulated } from '../simulated-failure.ts'
import type { Reads } from './reads.ts'

type Failure = DataOf<typeof FailureSimulated>['failure']

/** What it puts between a handler and the world; in a process without simulated failures, nothing stands there. */
export class SimulatedFailures {
  readonly #handler: string
  readonly #log: Logger
  readonly #kill: () => void
  #ready = false
  #current: { readonly failure: Failure; readonly until: number } | undefined

  constructor(handler: string, log: Logger, kill = () => process.kill(process.pid, 'SIGKILL')) {
    this.#handler = handler
    this.#log = log
    this.#kill = kill
  }

  readonly hear = (
    { handler, failure, seconds }: DataOf<typeof FailureSimulated>,
    { message: { id, publishedAt } }: Pick<BroadcastContext, 'message'>,
  ) => {
    if (handler !== this.#handler) return
    const until = publishedAt.getTime() + seconds * 1_000
    // The process that takes the place of a killed one is not killed for the same failure.
    const over = failure.kind === 'none' || until <= Date.now() || (failure.kind === 'crash' && !this.#ready)
    this.#current = over ? undefined : { failure, until }
    if (over) this.#log.info({ failure, messageId: id }, 'no failure is simulated')
    else this.#log.warn({ failure, messageId: id, until: new Date(until) }, 'a failure is simulated')
  }

  /** Called when all that was published before the start of this process has been heard. */
  readonly ready = () => {
    this.#ready = true
  }

  /** The handler's subscriptions, with failing calls and applies, and one that hears of failures. */
  subscriptions(subscriptions: readonly Subscription[]): readonly Subscription[] {
    const batches = new Map<Batch, Batch>()
    const batchOf = (batch: Batch) => {
      const known = batches.get(batch) ?? this.#batch(batch)
      batches.set(batch, known)
      return known
    }
    return [
      ...subscriptions.map((subscription): Subscription => {
        const { call, apply, batch, answer } = subscription
        return {
          ...subscription,
          ...(call && { call: this.#called(call) }),
          ...(answer && { answer: this.#answered(answer) }),
          ...(apply && { apply: this.#applied(apply) }),
          ...(batch && { batch: batchOf(batch) }),
        }
      }),
      onBroadcast(FailureSimulated, this.hear),
    ]
  }

  /** The handler's database, which may be slow or lost. */
  database(database: Database): Database {
    return {
      client: async () => {
        await this.#reach()
        return database.client()
      },
      use: async (work) => {
        await this.#reach()
        return database.use(work)
      },
      close: () => database.close(),
    }
  }

  /** The same for reads outside of messages. */
  reads(reads: Reads): Reads {
    return {
      query: async (text, values) => {
        await this.#reach()
        return reads.query(text, values)
      },
      end: () => reads.end(),
    }
  }

  #is(): Failure | undefined {
    if (this.#current && this.#current.until <= Date.now()) {
      this.#current = undefined
      this.#log.info('the simulated failure is over')
    }
    return this.#current?.failure
  }

  async #reach(): Promise<void> {
    const failure = this.#is()
    if (failure?.kind === 'database-lost') throw new DatabaseLost(new Error('its loss is simulated'))
    if (failure?.kind === 'database-slow') await sleep(failure.milliseconds)
  }

  #called<Context>(call: (data: any, context: Context) => Promise<unknown>) {
    const lost = (what: string) => new Unavailable('simulated', { cause: new Error(what) })
    return async (data: unknown, context: Context) => {
      if (this.#is()?.kind === 'dependency-lost') throw lost('the loss of a dependency is simulated')
      const answer = await call(data, context)
      if (this.#is()?.kind === 'answers-lost') throw lost('the loss of its answer is simulated')
      return answer
    }
  }

  /** Its reply comes when its asker no longer waits for it. */
  #answered<Context>(answer: (data: any, context: Context) => Promise<unknown>) {
    return async (data: unknown, context: Context) => {
      const reply = await answer(data, context)
      if (this.#is()?.kind === 'answers-lost') await sleep(this.#current!.until - Date.now(), undefined, { ref: false })
      return reply
    }
  }

  #applied<Parameters extends unknown[], Result>(apply: (...parameters: Parameters) => Promise<Result>) {
    return async (...parameters: Parameters): Promise<Result> => {
      const outputs = await apply(...parameters)
      if (this.#is()?.kind === 'crash') this.#kill()
      return outputs
    }
  }

  #batch(batch: Batch): Batch {
    return { ...batch, run: this.#applied((items, context) => batch.run(items, context)) }
  }
}
