import { randomUUID } from 'node:crypto'
import { pino } from 'pino'
import type { Message } from '../contract.ts'
import type { AnyOutput } from '../later.ts'
import type { Db, Received, Subscription } from '../on.ts'
import { isMessage, noMessage } from '../outputs.ts'
import type { Ask } from '../question.ts'
import { earlierVersions, readAs } from '../upcast.ts'
import { nothingAnswers } from './reply.ts'

/** A dedicated connection, on which a transaction is opened, such as a `Client` of pg. */
export interface Connection {
  query(text: string, values?: unknown[]): Promise<{ rows: any[]; rowCount: number | null }>
}

interface DeliverOptions {
  readonly db?: Connection
  readonly ask?: Ask
  readonly signal?: AbortSignal
}

/**
 * Delivers one message to the function that handles it, as the runtime does: serialised as JSON, with `call` outside and `apply`
 * inside a transaction, which is rolled back if `apply` throws. There is no inbox: a second delivery has another id and is applied
 * again.
 *
 * A message of an earlier version arrives as the version that the handler knows.
 *
 * @param subscriptions the subscriptions of the handler, created with the test's own ports
 * @param options what the handler gets besides the message
 * @param options.db the database; without it `apply` still runs, but a query is an error
 * @param options.ask answers what the call asks; without it, asking is an error
 * @param options.signal the `signal` of the call
 * @returns the messages that the handler returned
 * @throws the error of the handler, or an error when none of the subscriptions handles the message
 *
 * @example
 * const declining = { ...bank, authorize: async () => ({ approved: false, reason: 'insufficient funds' }) }
 * expect(await deliver(payments(declining), AuthorizePayment({ orderId, amount, card }))).toEqual([
 *   PaymentDeclined({ orderId, reason: 'insufficient funds' }),
 * ])
 */
export async function deliver(
  subscriptions: readonly Subscription[],
  message: Message,
  { db, ask = nothingAnswers, signal = new AbortController().signal }: DeliverOptions = {},
): Promise<readonly AnyOutput[]> {
  const sent = message.contract
  const subscription = subscriptions.find(({ contract }) => [contract, ...earlierVersions(contract)].includes(sent))
  if (!subscription) throw new Error(`none of these subscriptions handles ${sent.type}`)

  const { contract } = subscription
  const read = readAs(contract, sent.type, JSON.parse(JSON.stringify(message.data)))
  if ('flaw' in read) throw new TypeError(read.sentence)
  const { data } = read
  const received = arrived(contract.type)
  const log = pino({ enabled: false })
  if (subscription.hear) {
    await subscription.hear(data, { message: received, log })
    return []
  }
  const result = await subscription.call?.(data, { message: received, signal, ask, log })

  const apply = async (db: Db) => {
    if (subscription.batch) {
      const outputs = await subscription.batch.run([{ data, message: received, contract }], {
        db,
        now: new Date(),
        log,
        count: () => {},
      })
      return outputs[0] ?? []
    }
    return (await subscription.apply?.(data, { message: received, db, result, log })) ?? []
  }
  const returned = await inDatabase(db, apply)
  checkOutputs(returned, subscription)
  return returned
}

/** Throws a sentence for what is no message, and for one that the subscription does not list. */
export function checkOutputs(returned: readonly AnyOutput[], { contract, outputs }: Subscription): void {
  for (const output of returned) {
    const flaw = noMessage(output)
    if (flaw !== undefined) throw new TypeError(`the handler of ${contract.type} returned ${flaw}`)
    if (!isMessage(output)) continue
    const { kind, type } = ('due' in output ? output.message : output).contract
    if (kind === 'timer' || outputs.some((listed) => listed.type === type)) continue
    throw new TypeError(`the handler of ${contract.type} returned ${type}, which its list of outputs does not name`)
  }
}

/** In a transaction of this database or, without one, where a query is an error. */
export function inDatabase<Value>(db: Connection | undefined, work: (db: Db) => Promise<Value>): Promise<Value> {
  return db ? inTransaction(db, work) : work(noDatabase)
}

async function inTransaction<Value>(connection: Connection, work: (db: Db) => Promise<Value>): Promise<Value> {
  await connection.query('begin')
  try {
    const value = await work({
      async query(text, values = []) {
        const { rows, rowCount } = await connection.query(text, [...values])
        return { rows, rowCount: rowCount ?? 0 }
      },
    })
    await connection.query('commit')
    return value
  } catch (error) {
    await connection.query('rollback')
    throw error
  }
}

const noDatabase: Db = {
  async query(text) {
    throw new Error(`there is no database for "${text.trim().slice(0, 40)}": give deliver() one, { db }`)
  },
}

function arrived(type: string): Received {
  return {
    id: randomUUID(),
    type,
    correlationId: randomUUID(),
    causationId: undefined,
    attempt: 1,
    publishedAt: new Date(),
    causeAttempts: 1,
  }
}
