import { randomUUID } from 'node:crypto'
import { type HandlerProcess, createWorld, type World } from '#testbed'
import type { Authorization } from './decide.ts'

let world: World
let bank: HandlerProcess
let url: string

beforeAll(async () => {
  world = await createWorld(['bank'])
  await open()
})

afterAll(() => world?.close())

async function open() {
  bank = await world.spawn('bank')
  await bank.ready
  url = `http://127.0.0.1:${bank.httpPort}`
}

async function post(path: string, key: string | undefined, body: unknown) {
  const response = await fetch(`${url}${path}`, {
    method: 'POST',
    headers: { ...(key && { 'idempotency-key': key }) },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
  return { status: response.status, body: (await response.json()) as Record<string, any> }
}

const authorize = (reference: string, { key = reference, card = 'tok_visa', amount = 4200 } = {}) =>
  post('/authorizations', key, { reference, amount, currency: 'EUR', card })

const outage = (seconds: number, kind = 'down') =>
  fetch(`${url}/outage`, { method: 'PUT', body: JSON.stringify({ seconds, kind }) })

async function book() {
  const lines: Authorization[] = []
  for (let after: string | null = ''; after !== null;) {
    const response = await fetch(`${url}/book?limit=50&after=${after}`)
    const page = (await response.json()) as { authorizations: Authorization[]; next: string | null }
    lines.push(...page.authorizations)
    after = page.next
  }
  return lines
}

test('a hundred concurrent requests are each answered with their own entry in the book', async () => {
  const references = Array.from({ length: 100 }, () => randomUUID())
  const answers = await Promise.all(references.map((reference, index) => authorize(reference, { amount: index + 1 })))
  const lines = new Map((await book()).map((line) => [line.id, line]))
  answers.forEach(({ body }, index) => {
    expect(lines.get(body.id)).toMatchObject({ reference: references[index], amount: index + 1, status: 'authorized' })
  })
})

test('one key has one effect and one answer, even for fifty concurrent requests', async () => {
  const reference = randomUUID()
  const answers = await Promise.all(Array.from({ length: 50 }, () => authorize(reference)))
  expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1)
  expect(await authorize(reference)).toEqual(answers[0])
  expect((await book()).filter((line) => line.reference === reference)).toHaveLength(1)
})

test('a key that is reused for a different request is refused', async () => {
  const reference = randomUUID()
  await authorize(reference)
  expect(await authorize(reference, { amount: 1 })).toMatchObject({ status: 422, body: { title: 'Key used twice' } })
  const capture = await post('/captures', reference, { authorizationId: 'x', amount: 1 })
  expect(capture).toMatchObject({ status: 422, body: { title: 'Key used twice' } })
})

test('two keys are two payments: the bank does not deduplicate for the shop', async () => {
  const reference = randomUUID()
  const one = await authorize(reference, { key: randomUUID() })
  const other = await authorize(reference, { key: randomUUID() })
  expect(one.body.id).not.toBe(other.body.id)
})

test('captures and refunds are in the book, and a refused request may be repeated', async () => {
  const reference = randomUUID()
  const { id } = (await authorize(reference)).body
  expect(await post('/captures', `${reference}/capture`, { authorizationId: id, amount: 4201 })).toMatchObject({
    status: 422,
  })
  expect(await post('/captures', `${reference}/capture`, { authorizationId: id, amount: 4200 })).toMatchObject({
    status: 201,
    body: { status: 'captured', captured: 4200 },
  })
  expect(await post('/voids', `${reference}/void`, { authorizationId: id })).toMatchObject({ status: 409 })
  expect(await post('/refunds', `${reference}/refund`, { authorizationId: id, amount: 200 })).toMatchObject({
    status: 201,
  })
  expect((await book()).find((line) => line.id === id)).toMatchObject({
    status: 'refunded',
    captured: 4200,
    refunded: 200,
    version: 3,
  })
})

test('of a concurrent capture and void, one wins', async () => {
  for (const reference of Array.from({ length: 10 }, () => randomUUID())) {
    const { id } = (await authorize(reference)).body
    const answers = await Promise.all([
      post('/captures', `${reference}/capture`, { authorizationId: id, amount: 4200 }),
      post('/voids', `${reference}/void`, { authorizationId: id }),
    ])
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409])
  }
})

test('a flaky card fails once and is charged once', async () => {
  const reference = randomUUID()
  expect(await authorize(reference, { card: 'tok_flaky' })).toMatchObject({ status: 503 })
  expect(await authorize(reference, { card: 'tok_flaky' })).toMatchObject({ status: 201 })
  expect((await book()).filter((line) => line.reference === reference)).toHaveLength(1)
})

test('the outage switch takes the bank down and up again; the book stays readable', async () => {
  expect((await outage(60)).status).toBe(200)
  expect(await authorize(randomUUID())).toMatchObject({ status: 503 })
  expect((await fetch(`${url}/book`)).status).toBe(200)
  await outage(0)
  expect(await authorize(randomUUID())).toMatchObject({ status: 201 })
})

test.each([
  ['no key', undefined, {}, 400, 'the header Idempotency-Key is missing or longer than 128 characters'],
  ['invalid JSON', 'key', '{', 400, 'the body is not JSON'],
  ['a body that is too large', 'key', `"${'x'.repeat(20_000)}"`, 413, 'the body is larger than 16 KiB'],
  [
    'a name that the database would reject',
    'key',
    { reference: '\u0000', amount: 1, currency: 'EUR', card: 'tok_visa' },
    422,
    'reference must be 1 to 64 printable characters',
  ],
  [
    'a card number instead of a token',
    'key',
    { reference: 'r', amount: 1, currency: 'EUR', card: '4242' },
    422,
    'card must be a token such as tok_visa',
  ],
])('%s is refused with one sentence', async (_, key, body, status, detail) => {
  expect(await post('/authorizations', key, body)).toMatchObject({
    status,
    body: { detail },
  })
})

test('answers survive a kill of the bank', async () => {
  const reference = randomUUID()
  const { body } = await authorize(reference)
  expect(await bank.kill('SIGKILL')).toEqual({ code: null, signal: 'SIGKILL' })
  await open()
  expect((await authorize(reference)).body).toEqual(body)
})
