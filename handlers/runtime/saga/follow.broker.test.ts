import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import pg from 'pg'
import { pino } from 'pino'
import type { Message } from '../contract.ts'
import { dbOf } from '../database/db.ts'
import type { AnyOutput, Later } from '../later.ts'
import { isMessage } from '../outputs.ts'
import { parseManifest } from '../manifest/index.ts'
import { countOccurrence, createMetrics } from '../observe/metrics.ts'
import { migrate } from '../database/migrate.ts'
import type { Db, Subscription } from '../on.ts'
import { sharedServers } from '#testbed'
import { BookTrip, CancelTrip, SeatRefused, SeatReserved, TripPaid, seatOnly, trip } from '../fixtures/trip.ts'
import { follow } from './follow.ts'

type AnyMessage = Message

const { database } = sharedServers()
const names = ['one', 'other'].map((name) => `saga-${name}-${randomUUID().slice(0, 8)}`)
const clients: pg.Client[] = []
const logged: string[] = []
const log = pino({ base: null }, { write: (line) => void logged.push(line) })

let minute = 0
const noon = Date.parse('2030-01-01T12:00:00Z')
const metrics = createMetrics(parseManifest('trips', {}), '1', { inFlight: () => 0, blocked: () => [] })
const trips = follow(trip)

beforeAll(async () => {
  for (const name of names) {
    const url = await database.create(name)
    await migrate(url)
    const client = new pg.Client({ connectionString: url, pipeline: true })
    await client.connect()
    clients.push(client)
  }
})

beforeEach(async () => {
  minute = 0
  logged.length = 0
  metrics.registry.resetMetrics()
  for (const client of clients) await client.query('truncate sagas, timers')
})

afterAll(async () => {
  for (const client of clients) await client.end()
  for (const name of names) await database.drop(name)
})

/** Runs a batch as the runtime does: in one transaction, in which delayed messages become rows. */
async function group(
  client: pg.Client,
  messages: readonly AnyMessage[],
  { subscriptions = trips, statements = [] as string[] } = {},
) {
  await client.query('begin')
  const real = dbOf(client)
  const db: Db = { query: (text, values) => (statements.push(text), real.query(text, values)) }
  const items = messages.map(({ contract, data }) => ({ contract, data, message: undefined as never }))
  const outputs = await batchOf(subscriptions).run(items, {
    db,
    now: new Date(noon + minute * 60_000),
    log,
    count: (each) => countOccurrence(metrics, each),
  })
  for (const { due, name, message } of outputs.flat().filter(isLater)) {
    await client.query('insert into timers (id, due, name, message) values ($1, $2, $3, $4)', [
      randomUUID(),
      due,
      name,
      JSON.stringify(message.data),
    ])
  }
  await client.query('commit')
  return outputs.map((list) =>
    list.filter(isMessage).map((output) => (isLater(output) ? 'later' : output.contract.type)),
  )
}

async function counted(metric: 'sagaStarted' | 'sagaEnded' | 'sagaStuck') {
  const { values } = await metrics[metric].get()
  return values.map(({ labels, value }) => ({ labels, value }))
}

function batchOf(subscriptions: readonly Subscription[]) {
  return subscriptions[0]!.batch!
}

function isLater(output: AnyOutput): output is Later {
  return 'due' in output
}

const book = (tripId: string) => BookTrip({ tripId })
const reserved = (tripId: string) => SeatReserved({ tripId })
const refused = (tripId: string) => SeatRefused({ tripId, reason: 'full' })
const paid = (tripId: string) => TripPaid({ tripId })
const cancel = (tripId: string) => CancelTrip({ tripId, reason: 'ill' })
const ring = (tripId: string) => trip.deadline({ tripId })

const rows = async (client: pg.Client) => (await client.query('select * from sagas order by key')).rows
const timers = async (client: pg.Client) =>
  (await client.query<{ name: string; due: Date }>('select distinct name, due from timers order by name, due')).rows

test('a saga is a row that advances with each answer, and a timer until it ends', async () => {
  const [client] = clients as [pg.Client]

  await group(client, [book('rome')])
  expect(await timers(client)).toEqual([{ name: 'trip:rome', due: new Date(noon + 600_000) }])

  minute = 1
  await group(client, [reserved('rome')])
  expect(await rows(client)).toEqual([
    {
      key: 'rome',
      saga: 'trip',
      status: 'running',
      step: 'pay',
      start: { tripId: 'rome' },
      told: { seat: { tripId: 'rome' } },
      failure: null,
      deadline: new Date(noon + 660_000),
      version: 2,
    },
  ])

  await group(client, [paid('rome')])
  expect(await rows(client)).toMatchObject([{ status: 'done', start: { tripId: 'rome' } }])
  expect(await timers(client)).toEqual([])
})

test('a group costs one read and one write, however many sagas it moves', async () => {
  const [client] = clients as [pg.Client]
  const cities = Array.from({ length: 50 }, (_, index) => `city-${index}`)
  await group(client, cities.map(book))

  const statements: string[] = []
  await group(client, [...cities.map(reserved), ...cities.map((city) => book(`${city}-too`))], { statements })

  expect(statements.map((text) => text.trim().split(' ')[0])).toEqual(['select', 'insert'])
  expect(await rows(client)).toHaveLength(100)
})

test('a group that changes nothing writes nothing', async () => {
  const [client] = clients as [pg.Client]
  await group(client, [book('rome'), reserved('rome')])

  const statements: string[] = []
  expect(await group(client, [reserved('rome'), book('rome'), paid('oslo')], { statements })).toEqual([[], [], []])
  expect(statements).toHaveLength(1)
})

test('messages of one saga in one group see each other', async () => {
  const [client] = clients as [pg.Client]

  expect(await group(client, [book('rome'), reserved('rome'), book('oslo'), cancel('oslo')])).toEqual([
    ['seat.reserve.v1', 'later'],
    ['trip.pay.v1'],
    ['seat.reserve.v1'],
    ['trip.off.v1'],
  ])
  expect(await timers(client)).toMatchObject([{ name: 'trip:rome' }])
})

test('a deadline that ends its saga keeps its row until it is acknowledged', async () => {
  const [client] = clients as [pg.Client]
  await group(client, [book('rome'), reserved('rome'), book('oslo')])

  minute = 10
  expect(await group(client, [ring('oslo')])).toEqual([['trip.off.v1']])
  expect(await timers(client)).toMatchObject([{ name: 'trip:oslo' }, { name: 'trip:rome' }])
})

test('a saga that is stuck after its pivot sends its command again and raises an alarm', async () => {
  const [client] = clients as [pg.Client]
  await group(client, [book('rome'), reserved('rome')])

  minute = 10
  expect(await group(client, [ring('rome')])).toEqual([['trip.pay.v1', 'later']])
  expect(logged.map((line) => JSON.parse(line))).toMatchObject([
    { level: 50, msg: 'saga stuck', saga: 'trip', key: 'rome', step: 'pay' },
  ])
  expect(await counted('sagaStuck')).toEqual([{ labels: { saga: 'trip' }, value: 1 }])
})

test('sagas are counted when they begin and when they end, with the step that failed', async () => {
  const [client] = clients as [pg.Client]
  await group(client, [book('rome'), book('oslo'), book('rome')])
  await group(client, [reserved('rome'), refused('oslo'), refused('oslo')])
  await group(client, [paid('rome'), reserved('oslo'), cancel('rome')])

  expect(await counted('sagaStarted')).toEqual([{ labels: { saga: 'trip' }, value: 2 }])
  expect(await counted('sagaEnded')).toEqual([
    { labels: { saga: 'trip', status: 'failed', step: 'seat' }, value: 1 },
    { labels: { saga: 'trip', status: 'done', step: '' }, value: 1 },
  ])
  expect(await counted('sagaStuck')).toEqual([{ labels: { saga: 'trip' }, value: 0 }])
})

test('a cancellation that arrives before its saga ends it once', async () => {
  const [client] = clients as [pg.Client]
  await group(client, [cancel('rome')])
  await group(client, [book('rome')])
  expect(await counted('sagaStarted')).toEqual([{ labels: { saga: 'trip' }, value: 1 }])
  expect(await counted('sagaEnded')).toEqual([{ labels: { saga: 'trip', status: 'failed', step: 'cancel' }, value: 1 }])
})

test('a step updates no index', async () => {
  const [client] = clients as [pg.Client]
  const updates = async () => {
    await client.query('select pg_stat_force_next_flush()')
    const { rows } = await client.query(
      `select n_tup_upd::int as all, n_tup_hot_upd::int as hot from pg_stat_user_tables where relname = 'sagas'`,
    )
    return rows[0] as { all: number; hot: number }
  }
  const before = await updates()
  for (const message of [book('rome'), reserved('rome'), paid('rome')]) await group(client, [message])

  expect(await updates()).toEqual({ all: before.all + 2, hot: before.hot + 2 })
})

describe('a step that sagas in flight are waiting on', () => {
  const check = (client: pg.Client) => batchOf(follow(seatOnly)).check!(dbOf(client))

  test('cannot be removed', async () => {
    const [client] = clients as [pg.Client]
    await group(client, [book('rome'), reserved('rome'), book('oslo'), reserved('oslo'), book('paris')])

    expect(await check(client)).toBe(
      'saga trip: sagas in flight are waiting on steps that it no longer has (2 on pay): keep each step until they have ended',
    )
  })

  test('can be removed once they have ended', async () => {
    const [client] = clients as [pg.Client]
    await group(client, [book('rome'), reserved('rome'), book('oslo')])
    await group(client, [paid('rome')])

    expect(await check(client)).toBeUndefined()
  })

  test('can be removed once a deadline has ended them', async () => {
    const [client] = clients as [pg.Client]
    await group(client, [book('rome')])
    minute = 10
    await group(client, [ring('rome')])

    const withoutSeat = follow({ ...trip, steps: trip.steps.filter(({ name }) => name !== 'seat') })
    expect(await batchOf(withoutSeat).check!(dbOf(client))).toBeUndefined()
  })
})

test('any stream of messages yields the same rows, timers and outputs in groups as one by one', async () => {
  const [whole, single] = clients as [pg.Client, pg.Client]
  const message = fc
    .tuple(fc.constantFrom(book, reserved, refused, paid, cancel, ring), fc.constantFrom('rome', 'oslo', 'paris'))
    .map(([make, city]): AnyMessage => make(city))
  const stream = fc.array(
    fc.record({ messages: fc.array(message, { minLength: 1, maxLength: 12 }), pause: fc.nat(11) }),
    {
      maxLength: 6,
    },
  )

  await fc.assert(
    fc.asyncProperty(stream, async (groups) => {
      await whole.query('truncate sagas, timers')
      await single.query('truncate sagas, timers')
      minute = 0
      for (const { messages, pause } of groups) {
        minute += pause
        const ringing = new Map(
          (await whole.query('select name, id from timers')).rows.map(({ name, id }) => [name, id]),
        )
        // A timer fires only if it exists, and once.
        const real = messages.filter(
          (message, index) =>
            message.contract !== trip.deadline ||
            (ringing.has(`trip:${message.data.tripId}`) && messages.indexOf(message) === index),
        )
        const together = await group(whole, real)
        const inTurn: string[][] = []
        for (const message of real) inTurn.push(...(await group(single, [message])))

        expect(await rows(whole)).toEqual(await rows(single))
        expect(told(together)).toEqual(told(inTurn))
      }
      expect(await pending(whole)).toEqual(await pending(single))
    }),
    { numRuns: 60 },
  )
})

/** Timers are compared as rows: one that a later message of the same group makes unnecessary is never written. */
const told = (outputs: string[][]) => outputs.map((list) => list.filter((type) => type !== 'later'))

/** Timers of sagas in flight. */
const pending = async (client: pg.Client) =>
  (
    await client.query(
      `select distinct name, due from timers join sagas on name = 'trip:' || key where status = 'running' order by name, due`,
    )
  ).rows
