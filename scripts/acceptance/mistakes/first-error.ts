import { randomUUID } from 'node:crypto'
import { pino } from 'pino'
import type { Handler } from 'warren'
import { describe } from '#runtime/message/error-text.ts'
import { outputsOf } from '#runtime/message/handler-outputs.ts'
import { loadModule } from '../../build/load-module.ts'
import { systemWith, type Changes } from './example-system.ts'

/** The error of the first message that `payments` handles, as its retries and its dead letter name it. */
export async function firstError(changes: Changes): Promise<string> {
  const { root, remove } = systemWith(changes)
  try {
    const { default: definition } = await loadModule<{ default: Handler }>('handlers/payments/handler.ts', root)
    const [subscription] = definition.subscriptions(undefined)
    const cause = { id: randomUUID(), correlationId: randomUUID(), attempt: 1, traceparent: '' }
    const message = {
      ...cause,
      type: 'payment.pay.v1',
      causationId: undefined,
      publishedAt: new Date(),
      causeAttempts: 1,
    }
    const db = { query: async () => ({ rows: [], rowCount: 0 }) }
    const context = { message, db, log: pino({ enabled: false }), result: undefined }
    const returned = await subscription!.apply!({ orderId: '1', amount: 100 }, context)
    outputsOf(returned, { handler: 'payments', mayPublish: new Set(['payment.paid.v1']) }, cause, Date.now())
    return 'none'
  } catch (error) {
    return describe(error)
  } finally {
    remove()
  }
}
