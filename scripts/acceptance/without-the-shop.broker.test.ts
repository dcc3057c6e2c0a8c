import { spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { clientOf } from '#runtime/database/client.ts'
import { npmStart, ready, type Started } from '../testbed/npm-start.ts'
import { until } from '../testbed/until.ts'
import { cloneInto } from './clone.ts'
import { chartTest } from '../../charts/testing/needs-helm.ts'

/** A clone of this repository without the shop: without its handlers and contracts, and all that only speaks of them. */
let root: string
let start: Started | undefined

const ofShop = /^(handlers\/(?!runtime\/)|scripts\/(shop|acceptance)\/)/

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'warren-bare-'))
  cloneInto(root, (path) => !ofShop.test(path))
  expect(npm('run', 'new', '--', 'thumbnails')).toMatchObject({ status: 0 })
}, 60_000)

afterAll(async () => {
  start?.child.kill('SIGINT')
  await start?.exited
  rmSync(root, { recursive: true, force: true })
})

function npm(...args: string[]) {
  const { status, stdout, stderr } = spawnSync('npm', args, {
    cwd: root,
    encoding: 'utf8',
    env: { PATH: process.env.PATH, HOME: process.env.HOME },
  })
  return { status, output: `${stdout}${stderr}` }
}

test('a handler passes its checks, its test and the linter without the shop', () => {
  expect(npm('run', 'check')).toEqual({ status: 0, output: expect.stringContaining('1 handler checked.') })
  expect(npm('test', '--', 'handlers/thumbnails')).toEqual({
    status: 0,
    output: expect.stringContaining('1 passed, 0 failed'),
  })
  expect(npm('exec', '--', 'eslint', 'handlers/thumbnails', 'handlers/contracts')).toMatchObject({ status: 0 })
}, 180_000)

chartTest('the charts of a handler and of its system render without the shop', () => {
  const render = (chart: string, ...values: string[]) =>
    spawnSync('helm', ['template', 'thumbnails', chart, ...values], { cwd: root, encoding: 'utf8' })
  const handler = render('charts/handler', '--values', 'handlers/thumbnails/handler.yaml')
  expect([handler.status, handler.stderr]).toEqual([0, ''])
  expect(handler.stdout).toContain('kind: ScaledObject')
  const system = render('charts/system')
  expect([system.status, system.stderr]).toEqual([0, ''])
  expect(system.stdout).toContain('kind: RabbitmqCluster')
})

test('npm start runs a handler without the shop, and its message is handled', async () => {
  start = npmStart(join(root, '.warren'), {}, root)
  const { handlers } = await ready(start)
  expect(Object.keys(handlers)).toEqual(['thumbnails'])
  const id = randomUUID()
  const sent = npm('run', 'send', '--', 'thumbnails.process.v1', JSON.stringify({ id }))
  expect(sent).toEqual({ status: 0, output: expect.stringContaining('thumbnails.process.v1') })

  const database = clientOf(handlers['thumbnails']?.databaseUrl ?? '')
  await database.connect()
  try {
    const rows = async () => (await database.query<{ id: string }>('select id from processed')).rows
    await until(async () => (await rows()).length > 0, { within: 30_000 })
    expect(await rows()).toEqual([{ id }])
  } finally {
    await database.end()
  }
}, 120_000)
