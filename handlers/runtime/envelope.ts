/** In place of the type of a contract, in metrics: a record is of every type. No message has it. */
export const recordType = 'envelope.record.v1'

/** A message as it was published, whatever its producer wrote: what `onRecord` gets. Every text can be stored in PostgreSQL. */
export interface Envelope {
  /** Identifies the record: follows from id, type and body, so a message that is published again has the same. */
  readonly recordId: string
  /** The id in the message, usable or not; undefined without one. */
  readonly id: string | undefined
  readonly type: string | undefined
  /** Empty if it came back from a retry of an earlier version. */
  readonly exchange: string
  readonly key: string
  /** Its text; of one that is not text, base64. Truncated beyond 256 KiB, as `bytes` shows. */
  readonly body: string
  readonly encoding: 'text' | 'base64'
  /** The length of the body as it was published. */
  readonly bytes: number
  readonly correlationId: string | undefined
  readonly causationId: string | undefined
  /** When its producer published it, by the producer's clock; undefined without a time, or with an impossible one. */
  readonly publishedAt: Date | undefined
  /** The broker's user, which the broker has checked. */
  readonly user: string
  readonly app: string | undefined
  readonly contentType: string | undefined
  readonly priority: number | undefined
  /** Those that Warren reads. */
  readonly headers: Readonly<Record<string, string | number>>
}
