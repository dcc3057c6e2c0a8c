import type { Options } from 'amqplib'

/** One message for the wire. */
export interface Publication {
  readonly exchange: string
  readonly key: string
  readonly content: Buffer
  readonly options: Options.Publish & { messageId?: string }
}

/**
 * Every way in which a publish can end, and what follows from it. A work item is acknowledged when all of its publications are
 * `done`; those to be published `again` keep it in hand; one that can `never` be published sends it to the dead letters. A blocked route is
 * reported until a message on it is confirmed; if the next message on it would close the channel again, it must not share one.
 */
export const fates = {
  /** The broker has it, and it reached a queue or needs none. */
  confirmed: { then: 'done', blocksRoute: false, closesChannel: false },
  /** No queue is bound for it. The broker confirms such a message all the same, after it has returned it. */
  returned: { then: 'again', blocksRoute: true, closesChannel: false },
  /** 403: the user may not publish this type, or not to this exchange. */
  refused: { then: 'again', blocksRoute: true, closesChannel: true },
  /** 404: there is no such exchange. */
  missing: { then: 'again', blocksRoute: true, closesChannel: true },
  /** The broker could not store it: its queue is full, or has no leader. */
  nacked: { then: 'again', blocksRoute: false, closesChannel: false },
  /** No answer: the connection was lost or fell silent. */
  unknown: { then: 'again', blocksRoute: false, closesChannel: false },
  /** Not tried, because its route is blocked and was tried less than a second ago. */
  blocked: { then: 'again', blocksRoute: false, closesChannel: false },
  /** The client library cannot encode it, now or later. */
  unencodable: { then: 'never', blocksRoute: false, closesChannel: false },
} as const satisfies Record<string, { then: 'done' | 'again' | 'never'; blocksRoute: boolean; closesChannel: boolean }>

export type Fate = keyof typeof fates

/** Whether the broker closed a channel because of a message that was published on it. */
export function isRefusal(reason: unknown): boolean {
  return refusalOf(reason) !== undefined
}

/** The fate of the one message on a channel that the broker closed; undefined if the message was not the reason. */
export function refusalOf(reason: unknown): 'refused' | 'missing' | undefined {
  const code = (reason as { code?: unknown } | undefined)?.code
  if (code === 403) return 'refused'
  return code === 404 ? 'missing' : undefined
}
