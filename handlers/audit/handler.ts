import { handler, onRecord, type Envelope } from 'warren'
import * as z from 'zod'
import { answerTrail } from './answer-trail.ts'
import { subjectOf } from './subject.ts'

/**
 * Keeps every command, event and notification of the system, for as many days as `KEEP_DAYS` names, and answers what an operation
 * consisted of.
 */
export const audit = (keepDays: number) => [
  onRecord(async (envelopes, { db }) => {
    await db.query('select keep_days($1)', [keepDays])
    await db.query(
      insert,
      columns.map(([, , of]) => envelopes.map((envelope) => of(envelope) ?? null)),
    )
  }),
  answerTrail,
]

/** The columns that a record fills, their types, and their values in it. */
const columns: readonly (readonly [string, string, (envelope: Envelope) => unknown])[] = [
  ['record_id', 'uuid', ({ recordId }) => recordId],
  ['id', 'text', ({ id }) => id],
  ['type', 'text', ({ type }) => type],
  ['exchange', 'text', ({ exchange }) => exchange],
  ['key', 'text', ({ key }) => key],
  ['body', 'text', ({ body }) => body],
  ['encoding', 'text', ({ encoding }) => encoding],
  ['bytes', 'int', ({ bytes }) => bytes],
  ['correlation_id', 'text', ({ correlationId }) => correlationId],
  ['cause_id', 'text', ({ causationId }) => causationId],
  ['subject', 'text', ({ encoding, body }) => (encoding === 'text' ? subjectOf(body) : null)],
  ['published_at', 'timestamptz', ({ publishedAt }) => publishedAt?.toISOString()],
  ['producer', 'text', ({ user }) => user],
  ['app', 'text', ({ app }) => app],
  ['content_type', 'text', ({ contentType }) => contentType],
  ['priority', 'int', ({ priority }) => priority],
  ['headers', 'json', ({ headers }) => JSON.stringify(headers)],
]

/** One statement for a whole group: an array for each column. */
const insert = `insert into journal (${columns.map(([name]) => name).join(', ')})
  select * from unnest(${columns.map(([, type], index) => `$${index + 1}::${type}[]`).join(', ')})`

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
