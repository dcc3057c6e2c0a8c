/** A dependency that a handler waits for. */
export interface Pause {
  readonly dependency: string
  readonly since: Date
}

/** Where a message is for one of its receivers. Times are those of the database or of the process that wrote them. */
export type Place =
  | { readonly is: 'handled'; readonly at: Date; readonly attempt: number }
  /** In the queue of its handler, or held by one of its replicas: `queued` and `inHand` count all messages there. */
  | {
      readonly is: 'sent'
      readonly queued?: number | undefined
      readonly inHand?: number | undefined
      /** What the handler waits for, if a replica of it does. */
      readonly paused?: Pause | undefined
    }
  | {
      readonly is: 'retry'
      readonly tier: string
      readonly until: Date | undefined
      /** The number of the attempt that comes next. */
      readonly attempt: number
      /** The last attempt before it becomes a dead letter; undefined if it is retried for ever. */
      readonly attempts: number | undefined
      readonly error: string
    }
  | { readonly is: 'dead'; readonly reason: string; readonly error: string; readonly at: Date | undefined }
  /** In the database of an ordered handler, because it failed there or came behind a message of its key that did. */
  | {
      readonly is: 'parked'
      readonly key: string
      /** When it is tried again; undefined for one that rests or stands behind another. */
      readonly due: Date | undefined
      /** Why it rests; undefined while it is tried again or stands behind another. */
      readonly reason: string | undefined
      readonly error: string
    }
  /** Stored in the database of its sender until its time. */
  | { readonly is: 'timer'; readonly due: Date }
  /** A timer that was deleted before its time. */
  | { readonly is: 'cancelled' }
  /** Committed by its sender; the broker has not confirmed it, so it may not have it yet. */
  | { readonly is: 'unconfirmed' }
  /** Its receiver has no database and so keeps no record; nothing waits in its queue. */
  | { readonly is: 'unrecorded' }
  /** The database of its receiver cannot be read. */
  | { readonly is: 'unknown'; readonly why: string }

/** One message of an operation. */
export interface TracedMessage {
  readonly id: string
  readonly type: string
  /** Its routing key; of a message from outside, only its type may be known. */
  readonly key: string
  /** The handler that sent it; undefined if it came from outside. */
  readonly from: string | undefined
  readonly causeId: string | undefined
  /** When it was sent, as far as that is known: for a message from outside, when it was handled. */
  readonly at: Date | undefined
  /** Empty for an event that no handler subscribes to. */
  readonly to: readonly ({ readonly handler: string } & Place)[]
}

export interface TracedSaga {
  readonly handler: string
  readonly saga: string
  readonly key: string
  readonly status: 'running' | 'done' | 'failed'
  readonly step: string
  readonly deadline: Date
  readonly failure: { readonly step: string; readonly reason: string } | null
}

/** All messages with one correlation id, in the order of time. */
export interface Operation {
  readonly correlationId: string
  /** Business ids that it is about, such as that of an order. */
  readonly subjects: readonly string[]
  readonly messages: readonly TracedMessage[]
  readonly sagas: readonly TracedSaga[]
}

/** Whether nothing of a message is still to come. */
export function isSettled({ is }: Place): boolean {
  return is === 'handled' || is === 'cancelled' || is === 'unrecorded'
}
