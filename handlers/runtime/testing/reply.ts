import { randomUUID } from 'node:crypto'
import { pino } from 'pino'
import type { Db, Subscription } from '../on.ts'
import type { Ask, Question } from '../question.ts'

interface ReplyOptions {
  readonly read?: Db['query']
  readonly ask?: Ask
}

/**
 * Asks one question of the function that answers it, as the runtime does: over JSON, both ways.
 *
 * @param subscriptions the subscriptions of the handler, created with the test's own ports
 * @param question its contract
 * @param data what is asked
 * @param given what the answer gets besides
 * @param given.read reads the database of the test; without it, a read is an error
 * @param given.ask answers what the answer itself asks
 * @returns the reply
 * @throws the error of the answerer, or an error when none of the subscriptions answers the question
 *
 * @example
 * const read = async () => ({ rows: [{ sku: 'DESK-1', available: 3 }], rowCount: 1 })
 * expect(await reply(inventory(), CheckStock, { skus: ['DESK-1'] }, { read })).toEqual({ available: { 'DESK-1': 3 } })
 */
export async function reply<Request, Reply>(
  subscriptions: readonly Subscription[],
  question: Question<string, Request, Reply>,
  data: Request,
  { read = noDatabase, ask = nothingAnswers }: ReplyOptions = {},
): Promise<Reply> {
  const answer = subscriptions.find(({ contract }) => contract === question)?.answer
  if (!answer) throw new Error(`none of these subscriptions answers ${question.type}`)
  const request = question(JSON.parse(JSON.stringify(question(data).data)) as Request).data
  const message = {
    id: randomUUID(),
    type: question.type,
    correlationId: randomUUID(),
    causationId: undefined,
    attempt: 1,
    publishedAt: new Date(),
    causeAttempts: 1,
  }
  const { signal } = new AbortController()
  const given = await answer(request, { message, read, ask, signal, log: pino({ enabled: false }) })
  return question.reply.parse(JSON.parse(JSON.stringify(given)))
}

const noDatabase: Db['query'] = (text) =>
  Promise.reject(new Error(`there is no database for "${text.trim().slice(0, 40)}": give reply() a read`))

/** In place of an `ask` of the test. */
export const nothingAnswers: Ask = ({ type }) =>
  Promise.reject(new Error(`nothing answers ${type} here: give the test an ask`))
