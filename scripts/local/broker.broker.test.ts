import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startBroker, type LocalBroker } from './broker.ts'
import { identify } from './processes.ts'

let folder: string
let broker: LocalBroker

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'warren-'))
  broker = await startBroker({ folder })
})
afterAll(async () => {
  await broker.stop()
  rmSync(folder, { recursive: true })
})

test('a killed broker comes back on the same ports with the same data', async () => {
  const { pid, port } = broker
  await broker.request('PUT', 'queues/%2F/kept', { durable: true, arguments: { 'x-queue-type': 'quorum' } })
  await broker.kill()
  expect(identify(pid)).toBeUndefined()
  expect(await listens(port)).toBe(false)

  await broker.restart()
  expect(broker.pid).not.toBe(pid)
  expect(await listens(port)).toBe(true)
  expect(await broker.request('GET', 'queues/%2F/kept')).toMatchObject({ name: 'kept', durable: true })
})

test('it listens on loopback alone', async () => {
  const { listeners } = await broker.request<{ listeners: { protocol: string; ip_address: string }[] }>(
    'GET',
    'overview',
  )
  const addresses = listeners.filter(({ protocol }) => protocol !== 'clustering').map(({ ip_address }) => ip_address)
  expect(new Set(addresses)).toEqual(new Set(['127.0.0.1']))
})

test('a stopped broker leaves no process and no port', async () => {
  const { pid, port, managementPort } = broker
  await broker.stop()
  expect(identify(pid)).toBeUndefined()
  expect(await Promise.all([port, managementPort].map(listens))).toEqual([false, false])
  broker = await startBroker({ folder })
})

test('what a killed program left running is ended by the next start, and its data is used', async () => {
  await broker.request('PUT', 'queues/%2F/left', { durable: true })
  const left = broker.pid
  // As the killed program would have left it: the node runs, and the one who claimed the folder is gone.
  writeFileSync(join(folder, 'claimed-by.json'), JSON.stringify({ pid: process.pid, started: 'before' }))

  broker = await startBroker({ folder })
  expect(identify(left)).toBeUndefined()
  expect(await broker.request('GET', 'queues/%2F/left')).toMatchObject({ name: 'left' })
})

function listens(port: number): Promise<boolean> {
  return new Promise((answer) => {
    const socket = connect(port, '127.0.0.1')
    socket
      .once('connect', () => socket.destroy())
      .once('connect', () => answer(true))
      .once('error', () => answer(false))
  })
}
