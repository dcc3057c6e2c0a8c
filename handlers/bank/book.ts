import type { Db } from 'warren'
import { v7 as uuid } from 'uuid'
import { decide, type Authorization } from './decide.ts'
import { problem, type Answer, type Request } from './requests.ts'
import type { Stumble } from './stumble.ts'

/**
 * Answers many requests in their order, in one transaction of four statements. A repeated key gets its first answer again, or a refusal
 * if the request differs. Only requests that had an effect are stored; a refused request may be repeated.
 *
 * @param stumble may fail a request before its decision
 */
export async function settle(db: Db, requests: readonly Request[], stumble: Stumble): Promise<Answer[]> {
  const [answered, authorizations] = await Promise.all([answeredBefore(db, requests), authorizationsOf(db, requests)])
  const given = new Map<string, Answered>()
  const changed = new Map<string, Authorization>()

  const answers = requests.map((request) => {
    const { operation, key, body } = request
    const asked = `${operation} ${JSON.stringify(body)}`
    const before = given.get(key) ?? answered.get(key)
    if (before) {
      return before.request === asked
        ? before.answer
        : problem(422, 'Key used twice', `Idempotency-Key ${key} belongs to another request`)
    }
    const known = 'authorizationId' in body ? authorizations.get(body.authorizationId) : undefined
    const stumbled = stumble(request, known)
    if (stumbled) return stumbled

    const { answer, authorization } = decide(request, known, uuid())
    if (authorization) {
      authorizations.set(authorization.id, authorization)
      changed.set(authorization.id, authorization)
      given.set(key, { request: asked, answer })
    }
    return answer
  })

  if (given.size > 0) await Promise.all([write(db, [...changed.values()]), remember(db, given)])
  return answers
}

/** At most `limit` committed entries of the book after the id `after`, in the order of their ids. */
export async function page(read: Db['query'], after: string, limit: number) {
  const { rows } = await read<Authorization & { version: number; createdAt: Date }>(
    `select ${columns}, version, created_at as "createdAt" from authorizations where id > $1 order by id limit $2`,
    [after, limit],
  )
  return { authorizations: rows, next: rows.length === limit ? rows.at(-1)!.id : null }
}

interface Answered {
  request: string
  answer: Answer
}

// As float8, which represents every amount exactly and is parsed as a number.
const columns = `id, reference, amount::float8 as amount, currency, card, status, reason,
  captured::float8 as captured, refunded::float8 as refunded`

async function answeredBefore(db: Db, requests: readonly Request[]) {
  const { rows } = await db.query<Answered & { key: string }>(
    `select key, request, answer from requests where key = any($1::text[])`,
    [requests.map(({ key }) => key)],
  )
  return new Map(rows.map(({ key, ...before }) => [key, before]))
}

async function authorizationsOf(db: Db, requests: readonly Request[]) {
  const ids = requests.flatMap(({ body }) => ('authorizationId' in body ? [body.authorizationId] : []))
  if (ids.length === 0) return new Map<string, Authorization>()
  const { rows } = await db.query<Authorization>(
    `select ${columns} from authorizations where id = any($1::text[]) order by id for update`,
    [ids],
  )
  return new Map(rows.map((row) => [row.id, row]))
}

async function write(db: Db, authorizations: readonly Authorization[]) {
  await db.query(
    `insert into authorizations as line (id, reference, amount, currency, card, status, reason, captured, refunded)
     select * from jsonb_to_recordset($1::jsonb) as new (id text, reference text, amount bigint, currency text, card text,
       status text, reason text, captured bigint, refunded bigint)
     on conflict (id) do update set status = excluded.status, captured = excluded.captured, refunded = excluded.refunded,
       version = line.version + 1, changed_at = now()`,
    [JSON.stringify(authorizations)],
  )
}

async function remember(db: Db, given: ReadonlyMap<string, Answered>) {
  await db.query(
    `insert into requests (key, request, answer)
     select * from json_to_recordset($1::json) as new (key text, request text, answer json)`,
    [JSON.stringify([...given].map(([key, answered]) => ({ key, ...answered })))],
  )
}
