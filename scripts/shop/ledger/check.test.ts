import type { Books } from './books.ts'
import { check } from './check.ts'
import { perfectBooks, sample } from './perfect.ts'

type Writable<Value> =
  Value extends ReadonlyMap<infer Key, infer Entry>
    ? Map<Key, Entry>
    : Value extends object
      ? { -readonly [Key in keyof Value]: Writable<Value[Key]> }
      : Value
type Draft = Writable<Books>

const approved = sample.approved
const voided = sample.undeliverable
const of = (order: string) => (entry: { order: string }) => entry.order === order
const at = <Entry>(entries: Entry[], condition: (entry: Entry) => boolean): Entry => {
  const found = entries.find(condition)
  if (!found) throw new Error('the sample lacks this entry')
  return found
}
const without = <Entry>(entries: Entry[], condition: (entry: Entry) => boolean) =>
  entries.splice(0, entries.length, ...entries.filter((entry) => !condition(entry)))

/** The ledger's verdicts on books with one planted error. */
function planted(error: (books: Draft) => void) {
  const books = structuredClone(perfectBooks()) as Draft
  error(books)
  return check(books)
    .filter(({ breaches }) => breaches.length > 0)
    .map(({ promise, breaches }) => ({ promise, breaches }))
}

test('flawless books keep every promise', () => {
  expect(check(perfectBooks()).flatMap(({ breaches }) => breaches)).toEqual([])
  expect(check(perfectBooks()).map(({ promise }) => promise)).toHaveLength(17)
})

test('empty books keep every promise: a shop without orders has broken none', () => {
  const empty: Books = {
    driver: { customers: [], prices: {}, asked: [] },
    ...{ orders: [], sagas: [], stock: [], reservations: [], payments: [], bank: [], shipments: [], queues: [] },
    mails: { confirmed: [], cancelled: [], foreign: [], repeats: 0 },
    storage: { outbox: [], outputs: [], consumers: new Map(), handled: new Map(), timers: [] },
  }
  expect(check(empty).flatMap(({ breaches }) => breaches)).toEqual([])
})

describe('each planted error is named, and the order with it', () => {
  const lost: [error: string, plant: (books: Draft) => void, promise: string, words: string][] = [
    [
      'the command that places an order is lost',
      ({ sagas }) => without(sagas, of(approved)),
      'every accepted request has exactly one order',
      `order ${approved} of request 1 has never reached orders`,
    ],
    [
      'an order is lost before it was stored',
      ({ orders }) => without(orders, ({ id }) => id === approved),
      'every accepted request has exactly one order',
      `order ${approved} of request 1 is not known to the gateway`,
    ],
    [
      'a cancellation has overtaken an order that never came',
      ({ sagas }) => (at(sagas, of(sample.cancelled)).started = false),
      'every accepted request has exactly one order',
      `order ${sample.cancelled} of request 5 has never reached orders`,
    ],
    [
      'an answer to the saga is lost',
      ({ sagas }) => Object.assign(at(sagas, of(approved)), { status: 'running', step: 'capture' }),
      'no order is unfinished',
      `order ${approved} still stands on step capture`,
    ],
    [
      'the event that confirms an order has not reached the gateway',
      ({ orders }) => (at(orders, ({ id }) => id === approved).status = 'processing'),
      'the gateway tells each order’s end as orders decided it',
      `order ${approved} is processing at the gateway, confirmed in orders`,
    ],
    [
      'a card that is let go is lost on the way to the bank',
      ({ bank, payments }) => {
        at(bank, of(voided)).status = 'authorized'
        at(payments, of(voided)).status = 'authorized'
      },
      'every authorization of a cancelled order is voided or refunded',
      `order ${voided} is cancelled, and 49.00 is still authorized`,
    ],
    [
      'reserved stock is not given back',
      ({ stock, reservations }) => {
        at(reservations, of(voided)).state = 'reserved'
        Object.assign(stock[0]!, { available: stock[0]!.available - 2, reserved: 2 })
      },
      'pieces of confirmed orders are shipped, all others are back',
      `order ${voided} is not confirmed, and 2 × PEN-1 are reserved`,
    ],
    [
      'a parcel is lost',
      ({ shipments }) => without(shipments, of(approved)),
      'one parcel for every confirmed order, none for a cancelled one',
      `order ${approved} is confirmed and has no parcel`,
    ],
    [
      'a mail is lost',
      ({ mails }) => without(mails.cancelled, (order) => order === voided),
      'one mail for each order’s end',
      `order ${voided} is cancelled, and no mail says so`,
    ],
    [
      'an output that a handler stored has not arrived',
      ({ storage }) => storage.handled.clear(),
      'every stored output has reached its handlers',
      'payment.capture.v1 output-1 of orders has not reached payments',
    ],
    [
      'a submitted message was never confirmed',
      ({ storage }) => storage.outbox.push({ handler: 'gateway', id: 'm-1', type: 'order.place.v1' }),
      'every stored output has reached its handlers',
      'order.place.v1 m-1 is still in the outbox of gateway',
    ],
    [
      'a message is left behind in a queue',
      ({ queues }) => (queues[2]!.ready = 1),
      'nothing is left in a queue or waits for a retry',
      'wait.1s holds 1 message and 0 in hand',
    ],
    [
      'a message is dead',
      ({ queues }) => (queues[1]!.ready = 2),
      'no message is dead or unrouted',
      'payments.dead holds 2 messages: see `npm run dead -- list`',
    ],
    [
      'a timer of an ended order is left',
      ({ storage }) => storage.timers.push({ handler: 'orders', name: `checkout:${approved}`, overdue: false }),
      'no timer is left of an order that has ended, none is overdue',
      `order ${approved} has ended, and its timer is still there`,
    ],
    [
      'a timer was never handled',
      ({ storage }) => storage.timers.push({ handler: 'orders', name: undefined, overdue: true }),
      'no timer is left of an order that has ended, none is overdue',
      'a timer of orders is overdue',
    ],
  ]

  const doubled: typeof lost = [
    [
      'a card is charged twice',
      ({ bank, payments }) => {
        bank.push({ ...at(bank, of(approved)), id: 'auth-again' })
        payments.push({ ...at(payments, of(approved)), authorization: 'auth-again' })
      },
      'money captured at the bank is the total of confirmed orders',
      `order ${approved} was captured 2 times, 98.00 instead of 49.00`,
    ],
    [
      'a card is held twice, and the second hold is forgotten',
      ({ bank }) => bank.push({ ...at(bank, of(voided)), id: 'auth-again', status: 'authorized' }),
      'payments has written down what the bank has',
      `order ${voided} has authorization auth-again at the bank and none in payments`,
    ],
    [
      'stock is shipped twice',
      ({ stock }) => Object.assign(stock[0]!, { available: stock[0]!.available - 2, shipped: stock[0]!.shipped + 2 }),
      'stock is conserved: received = available + reserved + shipped, per SKU',
      'PEN-1: 8 pieces are shipped, the reservations say 6',
    ],
    [
      'stock is given back twice',
      ({ stock }) => (stock[0]!.available += 2),
      'stock is conserved: received = available + reserved + shipped, per SKU',
      'PEN-1: 1000 received, but 996 available + 0 reserved + 6 shipped',
    ],
    [
      'a parcel is sent twice',
      ({ shipments }) => shipments.push({ order: approved, status: 'scheduled' }),
      'one parcel for every confirmed order, none for a cancelled one',
      `order ${approved} has 2 parcels`,
    ],
    [
      'a cancelled order is sent',
      ({ shipments }) => (at(shipments, of(sample.cancelled)).status = 'scheduled'),
      'one parcel for every confirmed order, none for a cancelled one',
      `order ${sample.cancelled} is not confirmed and has a parcel`,
    ],
    [
      'a customer gets mails of both ends of an order',
      ({ mails }) => mails.cancelled.push(approved),
      'one mail for each order’s end',
      `order ${approved} is not cancelled, its mail says so`,
    ],
    [
      'a mail is sent under a second id',
      ({ mails }) => mails.foreign.push('random@warren.example'),
      'one mail for each order’s end',
      'a mail has the id random@warren.example, which is none of the shop’s',
    ],
    [
      'a repeated request makes a second order',
      ({ driver }) => (driver.asked[0]!.accepted[1]!.orderId = sample.declined),
      'every accepted request has exactly one order',
      `request 1 was answered with the orders ${approved} and ${sample.declined}`,
    ],
    [
      'an order appears without a request',
      ({ orders, sagas }) => {
        orders.push({ ...orders[0]!, id: 'nobodys' })
        sagas.push({ ...sagas[0]!, order: 'nobodys' })
      },
      'every accepted request has exactly one order',
      '1 orders belong to no accepted request, such as nobodys, and only 0 requests were never answered',
    ],
  ]

  const wrong: typeof lost = [
    [
      'too much is captured',
      ({ bank, payments }) => {
        Object.assign(at(bank, of(approved)), { amount: 4_901, captured: 4_901 })
        Object.assign(at(payments, of(approved)), { amount: 4_901, captured: 4_901 })
      },
      'money captured at the bank is the total of confirmed orders',
      `order ${approved} costs 49.00 and the bank captured 49.01`,
    ],
    [
      'a part is refunded that was not due',
      ({ bank, payments }) => {
        at(bank, of(approved)).refunded = 100
        at(payments, of(approved)).refunded = 100
      },
      'money captured at the bank is the total of confirmed orders',
      `order ${approved} costs 49.00 and the bank captured 48.00`,
    ],
    [
      'payments has another amount than the bank',
      ({ payments }) => (at(payments, of(approved)).captured = 1),
      'payments has written down what the bank has',
      `order ${approved}: captured is 4900 at the bank and 1 in payments`,
    ],
    [
      'the client was charged a price of its own',
      ({ driver, orders }) => {
        driver.asked[0]!.accepted[0]!.total = 1
        orders[0]!.total = 1
      },
      'every order costs what the catalogue said',
      `order ${approved} costs 49.00 and 0.01 was answered`,
    ],
    [
      'other pieces are shipped than were ordered',
      ({ reservations, stock }) => {
        at(reservations, of(approved)).lines = [{ sku: 'PEN-1', quantity: 3 }]
        Object.assign(stock[0]!, { available: stock[0]!.available - 1, shipped: stock[0]!.shipped + 1 })
      },
      'pieces of confirmed orders are shipped, all others are back',
      `order ${approved}: 2 × PEN-1 ordered, 3 × PEN-1 shipped`,
    ],
    [
      'a declined card is confirmed',
      ({ sagas }) => Object.assign(at(sagas, of(sample.declined)), { status: 'done', failure: undefined }),
      'every order ended as its card, products and address say',
      `order ${sample.declined} (declined) had to be cancelled at payment and was confirmed: no reason`,
    ],
  ]

  test.each(lost)('lost: %s', (_, plant, promise, words) => expectNamed(plant, promise, words))
  test.each(doubled)('doubled: %s', (_, plant, promise, words) => expectNamed(plant, promise, words))
  test.each(wrong)('wrong: %s', (_, plant, promise, words) => expectNamed(plant, promise, words))

  function expectNamed(plant: (books: Draft) => void, promise: string, words: string) {
    const breached = planted(plant)
    expect(breached.map((verdict) => verdict.promise)).toContain(promise)
    expect(breached.find((verdict) => verdict.promise === promise)?.breaches).toContain(words)
  }
})

test('a request whose answer was lost may have an order; a refused one may not', () => {
  expect(planted((books) => (books.driver.asked[0]!.accepted = []))).toEqual([])

  const breached = planted((books) => Object.assign(books.driver.asked[0]!, { accepted: [], refused: 422 }))
  expect(breached.map(({ promise }) => promise)).toEqual([
    'no request was refused',
    'every accepted request has exactly one order',
  ])
  expect(breached[0]?.breaches).toEqual(['request 1 was answered with 422'])
})
