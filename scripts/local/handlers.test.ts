import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseManifest } from '#runtime/manifest/index.ts'
import { until } from '../testbed/until.ts'
import type { Bundle } from '../build/bundles.ts'
import { localHandler, renewHandlers, startMinimum, stopHandlers, type LocalHandler } from './handlers.ts'
import { runningProcesses } from './running.ts'

/** Reports that it is ready; takes this many milliseconds to exit. */
const program = (leaving = 0) => `
  process.on('SIGTERM', () => setTimeout(() => process.exit(0), ${leaving}))
  process.on('disconnect', () => process.exit(0))
  process.send({ ready: true })
`

let folder: string
let opened: LocalHandler[]
let sentences: string[]
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'warren-handlers-'))
  opened = []
  sentences = []
})
afterEach(async () => {
  for (const { replicas } of opened) replicas.kill()
  await until(() => opened.every(({ replicas }) => replicas.all().length === 0))
  rmSync(folder, { recursive: true })
})

function bundle(name: string, manifest: object, source = program()): Bundle {
  const file = join(folder, `${name}.cjs`)
  writeFileSync(file, source)
  return { name, folder, file, manifest: parseManifest(name, manifest) }
}

function handler(...args: Parameters<typeof bundle>): LocalHandler {
  const made = localHandler(bundle(...args), {
    logs: folder,
    running: runningProcesses(join(folder, 'running')),
    environment: () => ({}),
    report: (sentence) => sentences.push(sentence),
  })
  opened.push(made)
  return made
}

test('handlers that always run are ready before the start continues', async () => {
  const gateway = handler('gateway', { http: 3000, scale: { min: 1 } })
  await startMinimum([gateway])
  expect(gateway.replicas.ready()).toBe(1)
})

test('a handler that does not become ready fails the start, with the log file that explains why', async () => {
  const gateway = handler('gateway', { http: 3000, scale: { min: 1 } }, 'process.exit(3)')
  await expect(startMinimum([gateway])).rejects.toThrow(
    /^gateway does not become ready: .*gateway\.log explains why\.$/,
  )
})

test('a handler that serves HTTP has one process on this machine, whatever its handler.yaml allows', () => {
  expect(handler('gateway', { http: 3000, scale: { min: 1, max: 4 } }).rules()).toMatchObject({ min: 1, max: 1 })
  expect(handler('payments', { scale: { max: 4 } }).rules()).toMatchObject({ min: 0, max: 4 })
})

test('a handler that others call stops last, so that they can finish their deliveries', async () => {
  const payments = handler('payments', { env: { BANK_URL: 'http://bank:8080' }, scale: { min: 1 } }, program(300))
  const bank = handler('bank', { http: 8080, scale: { min: 1 } })
  await startMinimum([bank, payments])
  const order: string[] = []
  for (const { name, replicas } of [bank, payments]) void replicas.all()[0]?.ended.then(() => order.push(name))

  await stopHandlers([bank, payments])
  expect(order).toEqual(['payments', 'bank'])
})

test('a new build replaces the handlers that changed, after the broker and the databases are prepared', async () => {
  const [payments, shipping] = [handler('payments', { scale: { min: 1 } }), handler('shipping', { scale: { min: 1 } })]
  await startMinimum([payments, shipping])
  const pids = () => [payments, shipping].map(({ replicas }) => replicas.all().map(({ pid }) => pid))
  const [oldPayments, oldShipping] = pids()
  const done: string[] = []
  const changed = renewHandlers(
    [payments, shipping],
    (sentence) => done.push(sentence),
    async () => done.push('prepared'),
  )

  changed([bundle('payments', { scale: { min: 1, max: 3 } })])
  await until(() => payments.replicas.ready() === 1 && pids()[0]?.length === 1 && pids()[0]?.[0] !== oldPayments?.[0])
  expect(pids()[1]).toEqual(oldShipping)
  expect(payments.rules().max).toBe(3)
  expect(done).toEqual(['Changed: payments', 'prepared'])
})

test('the broker and the databases are prepared for the handlers that run, each as it is after the change', async () => {
  const [payments, shipping] = [handler('payments', {}), handler('shipping', {})]
  const prepared: unknown[] = []
  const changed = renewHandlers(
    [payments, shipping],
    () => {},
    async (manifests) => prepared.push(manifests),
  )

  const build = bundle('payments', { concurrency: 7 })
  changed([build, bundle('added-meanwhile', {})])
  await until(() => prepared.length === 1)
  expect(prepared).toEqual([[build.manifest, shipping.manifest()]])
})

test('what was refused is part of the next attempt', async () => {
  const [payments, shipping] = [handler('payments', {}), handler('shipping', {})]
  let refused = false
  const changed = renewHandlers(
    [payments, shipping],
    (sentence) => sentences.push(sentence),
    async () => {
      if (refused) return
      refused = true
      throw new Error('handlers/payments/migrations/0002_more.sql:1: syntax error')
    },
  )
  changed([bundle('payments', { concurrency: 7 })])
  changed([bundle('shipping', { concurrency: 8 })])
  await until(() => shipping.manifest().concurrency === 8)
  expect(payments.manifest().concurrency).toBe(7)
  expect(sentences).toEqual([
    'Changed: payments',
    'handlers/payments/migrations/0002_more.sql:1: syntax error\nThe old build keeps running.',
    'Changed: shipping',
  ])
})

test('a build that the broker or a database refuses replaces nothing, and the reason is reported', async () => {
  const payments = handler('payments', { scale: { min: 1 } })
  await startMinimum([payments])
  const [old] = payments.replicas.all()
  const refuse = async () => {
    throw new TypeError('payments and billing both handle payment.void.v1')
  }
  renewHandlers([payments], (sentence) => sentences.push(sentence), refuse)([bundle('payments', {})])

  await until(() =>
    sentences.includes('payments and billing both handle payment.void.v1\nThe old build keeps running.'),
  )
  expect(payments.replicas.all()).toEqual([old])
})
