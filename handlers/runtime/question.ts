import * as z from 'zod'
import { questionContract, type Contract } from './contract.ts'
import type { Duration } from './duration.ts'

/** A message that one handler answers at once, without an effect: the contract of its request, and the schema of its reply. */
export interface Question<out Type extends string = string, Request = any, Reply = any> extends Contract<
  Type,
  Request
> {
  readonly reply: z.ZodType<Reply>
}

/**
 * Defines a question: one handler answers it, by reading alone. Named by what is asked (`CheckStock`).
 *
 * @example
 * export const CheckStock = question('stock.check.v1', { skus: z.array(sku) }, { available: z.record(sku, z.int()) })
 */
export function question<
  Type extends `${string}.${string}.v${number}`,
  Request extends z.ZodRawShape,
  Reply extends z.ZodRawShape,
>(
  type: Type,
  request: Request,
  reply: Reply,
): Question<Type, z.output<z.ZodObject<Request>>, z.output<z.ZodObject<Reply>>> {
  return Object.assign(questionContract(type, request), {
    reply: z.object(reply),
  })
}

export interface AskOptions {
  /** How long the asker waits, such as `500ms`; 30 s at most. */
  readonly timeout: Duration
  /** The business operation that it belongs to; in a `call` that of its message. */
  readonly correlationId?: string
}

/**
 * Asks the one handler that answers this question, and waits for its reply. It always settles within its timeout.
 *
 * @throws Unavailable when no reply came in time, so that in a `call` no attempt is spent
 * @throws AnswerFailed with the sentence of the answerer when it could not answer
 */
export type Ask = <Request, Reply>(
  question: Question<string, Request, Reply>,
  data: Request,
  options: AskOptions,
) => Promise<Reply>

/** `ask` for the work on a message, to whose operation its questions belong. */
export type AskFor = (message: { readonly id: string; readonly correlationId: string }) => Ask
