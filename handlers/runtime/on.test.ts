import * as z from 'zod'
import { command, event } from './contract.ts'
import { delay } from './later.ts'
import { isMessage } from './outputs.ts'
import { on, onBatch, type ApplyContext, type Db } from './on.ts'

const Pay = command('payment.pay.v1', { amount: z.int() })
const Paid = event('payment.paid.v1', { amount: z.int() })
const Refused = event('payment.refused.v1', { reason: z.string() })
const Refunded = event('payment.refunded.v1', { amount: z.int() })

/** As the runtime runs it, with a context that the function does not use. */
const apply = async ({ apply }: ReturnType<typeof on>, data: unknown, context: Partial<ApplyContext<unknown>> = {}) =>
  (await apply?.(data, context as ApplyContext<unknown>))
    ?.filter(isMessage)
    .map((output) => ('due' in output ? output.message : output).data)

describe('what a handler returns', () => {
  test.each<[string, ReturnType<typeof on>, unknown[]]>([
    ['nothing', on(Pay, [Paid], () => undefined), []],
    ['nothing, without a list of outputs', on(Pay, async () => {}), []],
    ['nothing, asynchronously', on(Pay, [Paid], async () => {}), []],
    ['one message', on(Pay, [Paid], ({ amount }) => Paid({ amount })), [{ amount: 1 }]],
    ['one message, asynchronously', on(Pay, [Paid], async ({ amount }) => Paid({ amount })), [{ amount: 1 }]],
    [
      'several',
      on(Pay, [Paid, Refused], () => [Paid({ amount: 2 }), Refused({ reason: 'no' })]),
      [{ amount: 2 }, { reason: 'no' }],
    ],
    ['a delayed message', on(Pay, [Paid], () => delay('1h', Paid({ amount: 3 }))), [{ amount: 3 }]],
    ['an empty list', on(Pay, [Paid], () => []), []],
  ])('%s becomes a list of messages', async (_, subscription, outputs) => {
    expect(await apply(subscription, { amount: 1 })).toEqual(outputs)
  })

  test('a message that the list does not name is a compile error', () => {
    // @ts-expect-error Refunded is not named
    on(Pay, [Paid, Refused], ({ amount }) => Refunded({ amount }))
    // @ts-expect-error Refunded is not named, wherever it stands
    on(Pay, [Paid], async ({ amount }) => [Paid({ amount }), Refunded({ amount })])
    // @ts-expect-error Refunded is not named, now or later
    on(Pay, [Paid], ({ amount }) => delay('1h', Refunded({ amount })))
    // @ts-expect-error Refunded is not named, with a call or without
    on(Pay, [Paid], { apply: async ({ amount }) => Refunded({ amount }) })
    // @ts-expect-error there is no list, so nothing is named
    on(Pay, ({ amount }) => Paid({ amount }))
    // @ts-expect-error nothing is named
    on(Pay, [], ({ amount }) => Paid({ amount }))
    // @ts-expect-error a text is no message
    on(Pay, [Paid], () => 'paid')
    // @ts-expect-error Refunded is not named
    onBatch(Pay, [Paid], async (items) => items.map(({ data }) => Refunded(data)))
    expect.assertions(0)
  })

  test('a field that the message does not have is a compile error', () => {
    // @ts-expect-error a payment has an amount, not a total
    on(Pay, [Paid], ({ total }) => Paid({ amount: total }))
    expect.assertions(0)
  })
})

describe('call and apply', () => {
  test('apply gets what call returned, with its type', async () => {
    const subscription = on(Pay, [Paid, Refused], {
      call: async ({ amount }) => ({ approved: amount < 100, code: 'x' }),
      apply: async ({ amount }, { result }) => (result.approved ? Paid({ amount }) : Refused({ reason: result.code })),
    })
    const result = await subscription.call?.({ amount: 100 }, {} as never)
    expect(result).toEqual({ approved: false, code: 'x' })
    expect(await apply(subscription, { amount: 100 }, { result })).toEqual([{ reason: 'x' }])

    on(Pay, [Paid], {
      call: async () => ({ approved: true }),
      // @ts-expect-error the call does not tell a code
      apply: async ({ amount }, { result: { code } }) => Paid({ amount: code ?? amount }),
    })
  })

  test('without a call there is no result, and without an apply no output', async () => {
    // @ts-expect-error there is no call, so there is no result
    on(Pay, [Paid], ({ amount }, { result }) => Paid({ amount: result ?? amount }))
    const callOnly = on(Pay, { call: async () => 'called' })
    expect(callOnly.apply).toBeUndefined()
    expect(on(Pay, () => undefined).call).toBeUndefined()
  })

  test('a call has no database: only apply runs inside the transaction', () => {
    // @ts-expect-error there is no db in a call
    on(Pay, [], { call: async (_, { db }: { db: Db }) => db.query('select 1') })
    expect.assertions(0)
  })

  test('a handler cannot end the transaction: db has one function, query', () => {
    on(Pay, [], (_, { db }) => {
      // @ts-expect-error there is no commit
      expect(db.commit).toBeUndefined()
      // @ts-expect-error there is no rollback
      expect(db.rollback).toBeUndefined()
      // @ts-expect-error there is no way to the driver's connection
      expect(db.client).toBeUndefined()
    })
    expect.assertions(0)
  })

  test('a handler cannot acknowledge a message: only its handling does', () => {
    // @ts-expect-error there is no ack
    on(Pay, [], (_, { message }) => expect(message.ack).toBeUndefined())
    expect.assertions(0)
  })
})

describe('onBatch', () => {
  const run = ({ batch }: ReturnType<typeof on>, items: { data: unknown; contract: unknown }[]) =>
    batch?.run(items as never, {} as never)

  test('takes all messages at once, and its outputs belong to the first', async () => {
    const sum = onBatch(Pay, [Paid], async (items) =>
      Paid({ amount: items.reduce((sum, { data }) => sum + data.amount, 0) }),
    )
    const items = [1, 2, 3].map((amount) => ({ data: { amount }, contract: Pay }))
    expect(await run(sum, items)).toEqual([[Paid({ amount: 6 })], [], []])
  })

  test('of several contracts distinguishes messages by their contract, and so does the compiler', async () => {
    const seen: unknown[] = []
    const subscriptions = onBatch([Paid, Refused], [], async (items) => {
      for (const item of items) {
        if (item.contract === Paid) seen.push(item.data)
        // @ts-expect-error it may be a payment, which has no reason
        else seen.push(item.data.reason)
      }
    })
    expect(subscriptions.map(({ contract }) => contract)).toEqual([Paid, Refused])
    expect(new Set(subscriptions.map(({ batch }) => batch)).size).toBe(1)
    const [first] = subscriptions
    await run(first as never, [
      { data: { amount: 1 }, contract: Paid },
      { data: { reason: 'no' }, contract: Refused },
    ])
    expect(seen).toEqual([{ amount: 1 }, 'no'])
  })
})
