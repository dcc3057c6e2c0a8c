import type { AnswerContext, Subscription } from './on.ts'
import type { Question } from './question.ts'
import { wrongField } from './wrong-field.ts'

/**
 * Binds a question to the function that answers it: a pure read, which may run again. Questions have a queue of their own, so they are
 * answered while messages wait. What it throws reaches the asker as `AnswerFailed`, with its sentence.
 *
 * @example
 * answer(CheckStock, async ({ skus }, { read }) => {
 *   const { rows } = await read<{ sku: string; available: number }>('select sku, available from stock where sku = any($1)', [skus])
 *   return { available: Object.fromEntries(rows.map((row) => [row.sku, row.available])) }
 * })
 */
export function answer<Request, Reply>(
  question: Question<string, Request, Reply>,
  reply: (data: Request, context: AnswerContext) => Reply | Promise<Reply>,
): Subscription {
  return {
    contract: question,
    outputs: [],
    answer: async (data: Request, context: AnswerContext) => {
      const read = question.reply.safeParse(await reply(data, context))
      if (read.success) return read.data
      throw new TypeError(`${question.type}: ${wrongField(read.error, 'the reply')}`)
    },
  }
}
