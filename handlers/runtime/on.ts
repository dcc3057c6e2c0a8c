import type { Logger } from 'pino'
import type { AnyContract, Contract, DataOf } from './contract.ts'
import type { AnyOutput, NextRun } from './later.ts'
import type { Ask } from './question.ts'
import { list, type Listed } from './outputs.ts'

/**
 * The handler's own database, always inside the transaction that also records the message as handled. Await every query: one that was
 * begun before the handler returned belongs to the transaction, and its failure fails the message; a later one changes nothing and is
 * an error in the log.
 */
export interface Db {
  query<Row extends object = Record<string, unknown>>(
    text: string,
    values?: readonly unknown[],
  ): Promise<{ rows: Row[]; rowCount: number }>
}

/** What is known about the message in hand, apart from its data. */
export interface Received {
  readonly id: string
  /** That of the contract, also when the message came as an earlier version. */
  readonly type: string
  /** One business operation, from the first request to the last mail. */
  readonly correlationId: string
  /** The message that led to this one. */
  readonly causationId: string | undefined
  /** 1 the first time. */
  readonly attempt: number
  /** When it was published first. */
  readonly publishedAt: Date
  /** How many attempts the message that led to this one took: what a timeline shows of a participant's retries. */
  readonly causeAttempts: number
  /** From 0 to 31; undefined if it was sent without one. What it leads to inherits it. */
  readonly priority?: number | undefined
}

export interface CallContext {
  readonly message: Received
  /** Aborted at the handler's timeout and when the process must leave. */
  readonly signal: AbortSignal
  /** Asks another handler; `asks` of `handler.yaml` names the questions. */
  readonly ask: Ask
  readonly log: Logger
}

/** What an answer gets besides the data of its question. */
export interface AnswerContext extends CallContext {
  /** Reads the handler's database, outside of any transaction; a statement that writes fails. Needs `database: true`. */
  readonly read: Db['query']
}

/** What `apply` gets besides the data of its message. */
export interface ContextWithoutCall {
  readonly message: Received
  readonly db: Db
  readonly log: Logger
}

/** The same beside a `call`. */
export interface ContextAfterCall<Result> extends ContextWithoutCall {
  /** What `call` returned. */
  readonly result: Result
}

export type ApplyContext<Result> = [Result] extends [NoCall] ? ContextWithoutCall : ContextAfterCall<Result>

/** In place of a result where no `call` stands before the `apply`. */
export interface NoCall {
  readonly [nothing]: never
}

/** In place of what a plain function returns where there is none. */
interface NoFunction {
  readonly [nothing]: NoFunction
}
declare const nothing: unique symbol

type Apply<Data, Made, Result> = (data: Data, context: ApplyContext<Result>) => Made | Promise<Made>

/** A plain function, which is `apply` alone. */
interface ApplyAlone<Data, Made> {
  (data: Data, context: ContextWithoutCall): Made | Promise<Made>
  // Every function has these two. Unless they stand here, they hide the types of a `CallAndApply` beside this one.
  readonly call: object
  readonly apply: object
}

export interface CallAndApply<Data, Made, Result> {
  /**
   * Outside the transaction, up to `concurrency` at once. May run again after a crash: give remotes an idempotency key.
   * It stands before `apply`: TypeScript infers the type of `result` in that order.
   */
  call?: (data: Data, context: CallContext) => Promise<Result>
  /** Inside the transaction: exactly once. Without it the message has no other effect than its call. */
  apply?: Apply<Data, Made, Result>
}

/**
 * Judges what a plain function returns, `Made`, or what the `apply` of an object returns, `Applied`. They are two because TypeScript
 * would also infer `Applied` from the `apply` that every function has.
 */
type Judged<Made, Applied, Outputs extends readonly AnyContract[]> = 0 extends 1 & Made
  ? unknown
  : [Made, NoFunction] extends [NoFunction, Made]
    ? Listed<Applied, Outputs>
    : Listed<Made, Outputs>

/** One message as `onBatch` sees it. */
export interface BatchItem<Data> {
  readonly data: Data
  readonly message: Received
}

/** A message bound to the function that handles it. Made by `on`, `onBatch` and `follow`; the runtime alone reads it. */
export interface Subscription {
  readonly contract: AnyContract
  readonly outputs: readonly AnyContract[]
  readonly call?: (data: any, context: CallContext) => Promise<unknown>
  /** One message at a time, in turn. */
  readonly apply?: (data: any, context: ApplyContext<unknown>) => Promise<readonly AnyOutput[]>
  /** A whole group at once: subscriptions that share one `Batch` are handled together. */
  readonly batch?: Batch
  /** Answers a question; such a subscription has no other function. */
  readonly answer?: (data: any, context: AnswerContext) => Promise<unknown>
  /** In memory, in every process: of a broadcast. */
  readonly hear?: (data: any, context: Pick<ContextWithoutCall, 'message' | 'log'>) => void | Promise<void>
  /** It takes every message, unchecked. */
  readonly records?: true
  /** The field with the business id that its messages are about: of a saga, its key. */
  readonly subject?: string
  /** Set when it is not a message that leads here but the time. */
  readonly schedule?: Schedule
}

/** When a schedule runs, which is stored with each run: a run of another plan is not this one's. */
export interface Schedule {
  readonly name: string
  readonly cron: string
  readonly timezone: string
  /** The first run after a time. */
  readonly next: (after: Date) => NextRun
  /** The author's function. */
  readonly run: (context: { at: Date; db: Db; log: Logger }) => Promise<readonly AnyOutput[]>
}

export interface Batch {
  /** @returns the outputs of each item, in the items' order */
  run(items: readonly BatchItemWithContract[], context: BatchContext): Promise<readonly (readonly AnyOutput[])[]>
  /** Asked before the first message: a sentence that says why this code cannot work on what the database holds. */
  check?(db: Db): Promise<string | undefined>
}

export interface BatchContext {
  readonly db: Db
  /** The time by the clock of the handler's database, which all replicas share. */
  readonly now: Date
  readonly log: Logger
  /** Raises a counter of the metrics, once the transaction is committed. */
  readonly count: (occurrence: Occurrence) => void
}

/** What a batch counts besides messages. */
export type Occurrence =
  | { readonly what: 'saga started' | 'saga stuck'; readonly saga: string; readonly times: number }
  | { readonly what: 'saga ended'; readonly saga: string; readonly status: string; readonly step: string }
  /** `late` in seconds. */
  | { readonly what: 'schedule ran'; readonly schedule: string; readonly at: Date; readonly late: number }

export interface BatchItemWithContract extends BatchItem<any> {
  readonly contract: AnyContract
}

/**
 * Binds a message to the function that handles it.
 *
 * - **return** messages: they are published, then the delivery is acknowledged
 * - **throw**: retried later, on the ladder 1s 5s 30s 2m 10m, until the attempts of `handler.yaml` are spent
 * - **throw Reject**: to the dead letters at once
 * - **throw Unavailable**: a dependency is down; no attempt is spent, the handler pauses until it answers
 * - **throw TooEarly**: came before the message that it builds on; retried, counted apart
 *
 * A plain function is `apply` alone. The list names every message that the function may return, and another one is a compile
 * error; without a list it returns nothing.
 *
 * @example
 * on(ReleaseStock, async ({ orderId }, { db }) => {
 *   await db.query('delete from reservations where order_id = $1', [orderId])
 * })
 *
 * @example
 * on(AuthorizePayment, [PaymentAuthorized, PaymentDeclined], {
 *   call: ({ orderId, amount }, { signal }) => bank.authorize({ amount, idempotencyKey: orderId }, signal),
 *   apply: ({ orderId }, { result }) =>
 *     result.approved ? PaymentAuthorized({ orderId }) : PaymentDeclined({ orderId, reason: result.reason }),
 * })
 */
export function on<Data, Made = NoFunction, Applied = void, Result = NoCall>(
  contract: Contract<string, Data>,
  handle: Judged<Made, Applied, []> & (ApplyAlone<Data, Made> | CallAndApply<Data, Applied, Result>),
): Subscription
export function on<
  Data,
  const Outputs extends readonly AnyContract[],
  Made = NoFunction,
  Applied = void,
  Result = NoCall,
>(
  contract: Contract<string, Data>,
  outputs: Outputs,
  handle: Judged<Made, Applied, Outputs> & (ApplyAlone<Data, Made> | CallAndApply<Data, Applied, Result>),
): Subscription
export function on(contract: AnyContract, ...rest: [Handle] | [readonly AnyContract[], Handle]): Subscription {
  const [outputs, handle] = rest.length === 1 ? [[], rest[0]] : rest
  const { call, apply } = typeof handle === 'function' ? { apply: handle } : handle
  return {
    contract,
    outputs,
    ...(call && { call }),
    ...(apply && { apply: async (data, context) => list(await apply(data, context)) }),
  }
}

type Handle = ApplyAlone<any, any> | CallAndApply<any, any, unknown>

/** One message of a batch that several contracts share. */
export type BatchItemOf<Contracts extends readonly AnyContract[]> = {
  [Index in keyof Contracts]: BatchItem<DataOf<Contracts[Index]>> & { readonly contract: Contracts[Index] }
}[number]

interface BatchApplyContext {
  readonly db: Db
  readonly log: Logger
}

/** One contract, or a list of contracts that share a batch. */
type OneOrMany = AnyContract | readonly AnyContract[]
type ItemOf<Contracts extends OneOrMany> = Contracts extends readonly AnyContract[]
  ? BatchItemOf<Contracts>
  : Contracts extends AnyContract
    ? BatchItem<DataOf<Contracts>>
    : never
type ApplyAll<Contracts extends OneOrMany, Made> = (
  items: readonly ItemOf<Contracts>[],
  context: BatchApplyContext,
) => Promise<Made>
type BatchSubscription<Contracts> = Contracts extends readonly unknown[] ? Subscription[] : Subscription

/**
 * Binds a message to a function that takes all waiting ones at once, up to 100: set-based work, one statement for many.
 * A list of contracts shares one batch: its items carry their contract, and spread into the handler's list of subscriptions.
 * The outputs belong to the whole batch; if it throws, its messages are tried one by one, so a bad one harms no other.
 *
 * @example
 * onBatch(OrderConfirmed, async (items, { db }) => {
 *   const totals = items.map(({ data }) => data.total)
 *   await db.query('insert into totals select unnest($1::int[])', [totals])
 * })
 */
export function onBatch<const Contracts extends OneOrMany, Made = void>(
  contracts: Contracts,
  apply: Listed<Made, []> & ApplyAll<Contracts, Made>,
): BatchSubscription<Contracts>
export function onBatch<const Contracts extends OneOrMany, const Outputs extends readonly AnyContract[], Made = void>(
  contracts: Contracts,
  outputs: Outputs,
  apply: Listed<Made, Outputs> & ApplyAll<Contracts, Made>,
): BatchSubscription<Contracts>
export function onBatch(
  contracts: OneOrMany,
  ...rest: [ApplyAll<any, any>] | [readonly AnyContract[], ApplyAll<any, any>]
): Subscription | Subscription[] {
  const [outputs, apply] = rest.length === 1 ? [[], rest[0]] : rest
  const batch: Batch = {
    async run(items, context) {
      const made = list(await apply(items, context))
      return items.map((_, index) => (index === 0 ? made : []))
    },
  }
  if (typeof contracts === 'function') return { contract: contracts, outputs, batch }
  return contracts.map((contract) => ({ contract, outputs, batch }))
}
