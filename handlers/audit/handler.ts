import { handler, onRecord, type Envelope } from 'warren'
import * as z from 'zod'
import { answerTrail } from './answer-trail.ts'
import { subjectOf } from './subject.ts'

/** Keeps every command, event and notification of the system, for as many days as `KEEP_DAYS` names, and answers what an operation consisted of. */
export const audit = (keepDays: number) => [
  onRecord(async (envelopes, { db }) => {
    await db.query('select keep_days($1)', [keepDays])
    await db.query(
      `insert into journal (record_id, id, type, exchange, key, body, encoding, bytes, correlation_id, cause_id, subject,
         published_at, producer, app, content_type, priority, headers)
       select * from json_to_recordset($1) as row (record_id uuid, id text, type text, exchange text, key text, body text,
         encoding text, bytes int, correlation_id text, cause_id text, subject text, published_at timestamptz, producer text,
         app text, content_type text, priority int, headers json)`,
      [JSON.stringify(envelopes.map(row))],
    )
  }),
  answerTrail,
]

function row(envelope: Envelope) {
  const { recordId, correlationId, causationId, publishedAt, contentType, user, ...rest } = envelope
  return {
    ...rest,
    record_id: recordId,
    correlation_id: correlationId,
    cause_id: causationId,
    published_at: publishedAt,
    content_type: contentType,
    producer: user,
    subject: envelope.encoding === 'text' ? subjectOf(envelope.body) : null,
  }
}

const days = z.coerce
  .number('KEEP_DAYS must be a number of days')
  .int('KEEP_DAYS must be a whole number of days')
  .min(1, 'KEEP_DAYS must be at least 1')
  .max(3_650, 'KEEP_DAYS must be at most 3650')

export default handler({
  subscriptions: audit,
  ports: ({ env }) => {
    const { data, error } = days.safeParse(env('KEEP_DAYS'))
    if (error) throw new Error(error.issues[0]?.message)
    return data
  },
})
