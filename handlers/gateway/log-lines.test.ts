import { EventEmitter, once } from 'node:events'
import { pino } from 'pino'
import type { Submit } from 'warren'
import { LogLines } from './log-lines.ts'
import { startServer } from './testing/server.ts'

const refused = { severity: 'warning', source: 'user', text: 'Authorization contains an expired token' } as const
const failed = { severity: 'error', source: 'gateway', text: 'GET /api/orders failed' } as const
const silent = pino({ enabled: false })

/** A `submit` whose submissions are seen; while `lost`, it stores nothing. */
function store() {
  const seen = new EventEmitter()
  const state = { lost: false, lines: [] as object[], correlationIds: [] as string[] }
  const submit: Submit = async (work, { correlationId }) => {
    const { value, messages } = await work({ query: () => Promise.reject(new Error('nothing may be queried here')) })
    setImmediate(() => seen.emit('submitted', messages))
    if (state.lost) throw new Error('the database is lost')
    state.lines.push(...messages.map((message) => ('data' in message ? message.data : message)))
    state.correlationIds.push(correlationId)
    return { value, confirmed: true }
  }
  return Object.assign(state, { submit, submitted: () => once(seen, 'submitted') })
}

test('equal lines become one with their number, in the operation of the first of them', async () => {
  const log = store()
  const lines = new LogLines(log.submit, silent, 1)
  for (let time = 0; time < 1_000; time++) lines.add(refused, `operation ${time}`)
  lines.add(failed, 'another')
  while (log.lines.length < 2) await log.submitted()
  expect(log.lines).toMatchObject([
    { ...refused, times: 1_000 },
    { ...failed, times: 1 },
  ])
  expect(log.correlationIds).toEqual(['operation 0', 'another'])
})

test('what cannot be stored is sent again under its id, and what is written meanwhile is counted apart', async () => {
  const log = store()
  log.lost = true
  const lines = new LogLines(log.submit, silent, 1)
  lines.add(refused, 'one')
  const [[first]] = (await log.submitted()) as [[{ data: { lineId: string } }]]
  lines.add(refused, 'two')
  lines.add(refused, 'three')
  await log.submitted()
  log.lost = false
  while (log.lines.length < 2) await log.submitted()
  expect(log.lines).toMatchObject([
    { lineId: first.data.lineId, times: 1 },
    { lineId: expect.not.stringMatching(first.data.lineId), times: 2 },
  ])
  expect(log.correlationIds).toEqual(['one', 'two'])
})

test('an internal error is a line with its route, and an answer that the customer caused is none', async () => {
  const log = store()
  const server = await startServer({ submit: log.submit })
  await fetch(`${server.url}/missing`)
  // The ports of the test refuse to ask, which is an error of no kind that the gateway knows.
  expect((await fetch(`${server.url}/api/products/MUG-1/stock`)).status).toBe(500)
  await log.submitted()
  await server.close()
  expect(log.lines).toMatchObject([
    { severity: 'error', source: 'gateway', text: 'GET /api/products/:sku/stock failed', times: 1 },
  ])
})
