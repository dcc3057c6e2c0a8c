import { MaintenanceAnnounced } from '#contracts'
import { createWorld, until, type HandlerProcess, type World } from '#testbed'
import { problem, root, secret, signedIn } from './testing/server.ts'

const env = { AUTH_SECRET: secret, RATE_LIMIT: '1000000', ADMIN_ROUTES: 'on' }
let world: World
let replicas: HandlerProcess[]

const start = async () => {
  const replica = await world.spawn('gateway', env)
  await replica.ready
  return replica
}
beforeAll(async () => {
  world = await createWorld(['gateway', 'orders'])
  replicas = await Promise.all([start(), start(), start()])
}, 60_000)
afterAll(() => world?.close())

const urlOf = ({ httpPort }: HandlerProcess, path = '/api/products') => `http://127.0.0.1:${httpPort}${path}`
const noticeAt = async (replica: HandlerProcess) => (await fetch(urlOf(replica))).headers.get('x-maintenance')
const inAnHour = () => new Date(Date.now() + 3_600_000).toISOString()

async function announce(notice: { text: string; until: string | null; closed: boolean }) {
  const answer = await fetch(urlOf(replicas[0]!, '/api/admin/broadcast'), {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(await signedIn(root)) },
    body: JSON.stringify(notice),
  })
  expect(answer.status).toBe(202)
}

test('three replicas show a notice; one that starts later and one that was killed and restarted have it when they are ready', async () => {
  const began = performance.now()
  await announce({ text: 'back at noon', until: inAnHour(), closed: false })
  await until(async () => (await Promise.all(replicas.map(noticeAt))).every((text) => text === 'back at noon'))
  console.log(`all three replicas showed the notice after ${(performance.now() - began).toFixed()} ms`)

  const later = await start()
  expect(await noticeAt(later)).toBe('back at noon')
  await replicas[2]!.kill('SIGKILL')
  replicas = [...replicas.slice(0, 2), await start(), later]
  expect(await Promise.all(replicas.map(noticeAt))).toEqual(Array(4).fill('back at noon'))
}, 60_000)

test('a notice that closes the shop closes every replica until it is ended', async () => {
  await announce({ text: 'moving', until: inAnHour(), closed: true })
  await until(async () => (await fetch(urlOf(replicas[1]!))).status === 503)
  const closed = await fetch(urlOf(replicas[1]!))
  expect(Number(closed.headers.get('retry-after'))).toBeGreaterThan(3_000)
  expect(await problem(closed)).toMatchObject({ detail: 'the shop is closed: moving' })
  await announce({ text: 'open', until: null, closed: false })
  await until(async () => (await fetch(urlOf(replicas[1]!))).status === 200)
})

test('a malformed broadcast is skipped, logged and counted, one with a known id is dropped, and the next one is heard', async () => {
  const [replica] = replicas as [HandlerProcess]
  const channel = await world.channel(world.broker.admin.user)
  const type = MaintenanceAnnounced.type
  channel.publish('broadcast', type, Buffer.from('{"text":1}'), {
    type,
    messageId: '11111111-2222-4333-8444-555555555555',
    contentType: 'application/json',
    userId: world.broker.admin.user,
  })
  const id = await world.send(MaintenanceAnnounced({ text: 'first', until: inAnHour(), closed: false }))
  await world.send(MaintenanceAnnounced({ text: 'second', until: inAnHour(), closed: false }))
  await world.send(MaintenanceAnnounced({ text: 'repeated', until: inAnHour(), closed: false }), { id })
  await world.send(MaintenanceAnnounced({ text: 'third', until: inAnHour(), closed: false }))
  await until(async () => (await noticeAt(replica)) === 'third')
  const { metricsPort } = await replica.ready
  const metrics = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text()
  expect(metrics).toMatch(/warren_broadcasts_total\{[^}]*outcome="malformed"[^}]*\} 1\n/)
  // The notices of this file, without the repeated one.
  expect(metrics).toMatch(/warren_broadcasts_total\{[^}]*outcome="heard"[^}]*\} 6\n/)
  expect(replica.lines.join('\n')).toContain('broadcast skipped')
})
