import type { Logger } from 'pino'
import type { AnyContract, Contract, DataOf, Message, MessageOf } from './contract.ts'
import type { Later } from './later.ts'
import type { Count } from './observe/metrics.ts'

/** The handler's own database, always inside the transaction that also records the message as handled. */
export interface Db {
  query<Row extends object = Record<string, unknown>>(
    text: string,
    values?: readonly unknown[],
  ): Promise<{ rows: Row[]; rowCount: number }>
}

/** What is known about the message in hand, apart from its data. */
export interface Received {
  readonly id: string
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
}

export interface CallContext {
  readonly message: Received
  /** Aborted at the handler's timeout and when the process must leave. */
  readonly signal: AbortSignal
  readonly log: Logger
}

export interface ApplyContext<Result> {
  readonly message: Received
  readonly db: Db
  /** What `call` returned. */
  readonly result: Result
  readonly log: Logger
}

/** What a handler may return: nothing, one message, or several; now or later. */
export type Returned<Outputs extends readonly AnyContract[]> =
  void | undefined | Output<Outputs> | readonly Output<Outputs>[]
type Output<Outputs extends readonly AnyContract[]> = MessageOf<Outputs[number]> | Later<MessageOf<Outputs[number]>>

export type Apply<Data, Outputs extends readonly AnyContract[], Result = undefined> = (
  data: Data,
  context: ApplyContext<Result>,
) => Returned<Outputs> | Promise<Returned<Outputs>>

export interface CallAndApply<Data, Outputs extends readonly AnyContract[], Result> {
  /** Outside the transaction, up to `concurrency` at once. May run again after a crash: give remotes an idempotency key. */
  call?: (data: Data, context: CallContext) => Promise<Result>
  /** Inside the transaction: exactly once. Without it the message has no other effect than its call. */
  apply?: Apply<Data, Outputs, Result>
  /** Every function has a `call` and an `apply` of its own: this keeps plain functions out of this type. */
  length?: never
}

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
  readonly apply?: (data: any, context: ApplyContext<any>) => Promise<readonly (Message | Later)[]>
  /** A whole group at once: subscriptions that share one `Batch` are handled together. */
  readonly batch?: Batch
}

export interface Batch {
  /** @returns the outputs of each item, in the items' order */
  run(
    items: readonly BatchItemWithContract[],
    context: BatchContext,
  ): Promise<readonly (readonly (Message | Later)[])[]>
  /** Asked before the first message: a sentence that says why this code cannot work on what the database holds. */
  check?(db: Db): Promise<string | undefined>
}

export interface BatchContext {
  readonly db: Db
  readonly log: Logger
  /** Counts, once the transaction is committed. */
  readonly count: (count: Count) => void
}

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
 * - **throw TooEarly**: too early; retried, counted apart
 *
 * A plain function is `apply` alone. `outputs` names every message that it may return; another one is a compile error.
 */
export function on<Data, const Outputs extends readonly AnyContract[], Result>(
  contract: Contract<string, Data>,
  outputs: Outputs,
  handle: CallAndApply<Data, Outputs, Result>,
): Subscription
export function on<Data, const Outputs extends readonly AnyContract[]>(
  contract: Contract<string, Data>,
  outputs: Outputs,
  handle: Apply<Data, Outputs>,
): Subscription
export function on(
  contract: AnyContract,
  outputs: readonly AnyContract[],
  handle: Apply<any, readonly AnyContract[]> | CallAndApply<any, readonly AnyContract[], any>,
): Subscription {
  const { call, apply }: Partial<CallAndApply<any, readonly AnyContract[], any>> =
    typeof handle === 'function' ? { apply: handle } : handle
  return {
    contract,
    outputs,
    ...(call && { call }),
    ...(apply && { apply: async (data, context) => list(await apply(data, context)) }),
  }
}

/** One message of a batch that several contracts share. */
export type BatchItemOf<Contracts extends readonly AnyContract[]> = {
  [Index in keyof Contracts]: BatchItem<DataOf<Contracts[Index]>> & { readonly contract: Contracts[Index] }
}[number]

/**
 * Binds a message to a function that takes all waiting ones at once, up to 100: set-based work, one statement for many.
 * A list of contracts shares one batch: its items carry their contract, and spread into the handler's list of subscriptions.
 * The outputs belong to the whole batch; if it throws, its messages are tried one by one, so a bad one harms nobody else.
 */
export function onBatch<const Contracts extends readonly AnyContract[], const Outputs extends readonly AnyContract[]>(
  contracts: Contracts,
  outputs: Outputs,
  run: (items: readonly BatchItemOf<Contracts>[], context: { db: Db; log: Logger }) => Promise<Returned<Outputs>>,
): Subscription[]
export function onBatch<Data, const Outputs extends readonly AnyContract[]>(
  contract: Contract<string, Data>,
  outputs: Outputs,
  run: (items: readonly BatchItem<Data>[], context: { db: Db; log: Logger }) => Promise<Returned<Outputs>>,
): Subscription
export function onBatch(
  contracts: AnyContract | readonly AnyContract[],
  outputs: readonly AnyContract[],
  run: (items: readonly any[], context: { db: Db; log: Logger }) => Promise<Returned<readonly AnyContract[]>>,
): Subscription | Subscription[] {
  const batch: Batch = {
    async run(items, context) {
      const made = list(await run(items, context))
      return items.map((_, index) => (index === 0 ? made : []))
    },
  }
  if (typeof contracts === 'function') return { contract: contracts, outputs, batch }
  return contracts.map((contract) => ({ contract, outputs, batch }))
}

/** What a handler returned, as a list. */
export function list(
  returned: void | undefined | Message | Later | readonly (Message | Later)[],
): readonly (Message | Later)[] {
  if (!returned) return []
  return Array.isArray(returned) ? returned : [returned as Message | Later]
}
