import { mostOfTrail, ReadTrail } from '#contracts'
import { answer, type Recorded } from 'warren'

/** Answers with the messages of an operation, in the order of their publication. */
export const answerTrail = answer(ReadTrail, async ({ id }, { read }) => {
  const { rows } = await read<Recorded>(
    `select id, type, key, producer, correlation_id as "correlationId", cause_id as "causationId",
       coalesce(published_at, recorded_at) as at
     from journal where correlation_id in (
       select correlation_id from journal where id = $1
       union select correlation_id from journal where subject = $1
       union select $1)
     order by coalesce(published_at, recorded_at), recorded_at limit $2`,
    [id, mostOfTrail + 1],
  )
  const messages = rows.slice(0, mostOfTrail).map(({ at, ...row }) => ({ ...row, at: at.toISOString() }))
  return { messages, complete: rows.length <= mostOfTrail }
})
