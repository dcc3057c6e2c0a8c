import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
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

test('a killed broker restarts on the same ports with the same data', async () => {
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

test('it listens on a single loopback address', async () => {
  const { port, managementPort } = broker
  const both = (host: string) => Promise.all([port, managementPort].map((each) => listens(each, host)))
  expect(await both('127.0.0.1')).toEqual([true, true])
  // A server that listens on all addresses is reachable on the other loopback addresses too.
  expect(await both('127.0.0.2')).toEqual([false, false])
})

test('a stopped broker leaves no process and no port', async () => {
  const { pid, port, managementPort } = broker
  await broker.stop()
  expect(identify(pid)).toBeUndefined()
  expect(await Promise.all([port, managementPort].map((each) => listens(each)))).toEqual([false, false])
  broker = await startBroker({ folder })
})

test('the next start ends a broker that a killed program left running, and uses its data', async () => {
  await broker.request('PUT', 'queues/%2F/left', { durable: true })
  const left = broker.pid
  // As a killed program leaves it: the node runs, and the process that claimed the folder is gone.
  writeFileSync(join(folder, 'claimed-by.json'), JSON.stringify({ pid: process.pid, started: 'before' }))

  broker = await startBroker({ folder })
  expect(identify(left)).toBeUndefined()
  expect(await broker.request('GET', 'queues/%2F/left')).toMatchObject({ name: 'left' })
})

test('data of another version are refused with both versions and the ways out, and left as they are', async () => {
  await broker.request('PUT', 'queues/%2F/older', { durable: true })
  await broker.stop()
  writeFileSync(join(folder, 'version'), '3.10.8')
  const before = readdirSync(folder)
  await expect(startBroker({ folder })).rejects.toThrow(
    new RegExp(
      `^the data in ${folder} were written by RabbitMQ 3\\.10\\.8, and this is RabbitMQ ${broker.version}, .*: put RabbitMQ 3\\.10 on PATH again, choose .*--data, or remove ${folder} `,
    ),
  )
  expect(readdirSync(folder)).toEqual(before)

  writeFileSync(join(folder, 'version'), broker.version)
  broker = await startBroker({ folder })
  expect(await broker.request('GET', 'queues/%2F/older')).toMatchObject({ name: 'older' })
})

test('a folder with an apostrophe in its path is refused with a sentence', async () => {
  const place = join(folder, "ada's")
  await expect(startBroker({ folder: place })).rejects.toThrow(`an apostrophe in its path (${place}): choose another`)
})

test('a folder with spaces, quotes, dollar signs and letters of any language is fine', async () => {
  const elsewhere = await startBroker({ folder: join(folder, 'größe "of" $HOME; #1 & \\more') })
  expect(await elsewhere.request('GET', 'overview')).toMatchObject({ rabbitmq_version: elsewhere.version })
  await elsewhere.stop()
})

function listens(port: number, host = '127.0.0.1'): Promise<boolean> {
  return new Promise((answer) => {
    const socket = connect(port, host)
    socket
      .once('connect', () => socket.destroy())
      .once('connect', () => answer(true))
      .once('error', () => answer(false))
  })
}
