import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { writeSystem } from '../inspect/system.ts'
import { chooseBroker, connectTo } from './broker.ts'

const secret = 'Tr0ub4dor3'
const running = `amqp://operator:${secret}@127.0.0.1:5672/warren`
const AMQP_URL = `amqp://operator:${secret}@elsewhere:5672/shop`

let data: string
beforeEach(() => (data = mkdtempSync(join(tmpdir(), 'warren-dead-'))))
afterEach(() => rmSync(data, { recursive: true }))

function startSystem() {
  writeSystem({ amqpUrl: running, managementUrl: 'http://127.0.0.1:15672', handlers: {} }, data)
}

test('the system that runs in the folder is meant, even if AMQP_URL is set, unless an option asks for that one', () => {
  startSystem()
  expect(chooseBroker({ data, outside: false }, {})).toEqual({ url: running, why: `the system in ${data}` })
  expect(chooseBroker({ data, outside: false }, { AMQP_URL })).toEqual({
    url: running,
    why: `the system in ${data} (--outside selects that of AMQP_URL)`,
  })
  expect(chooseBroker({ data, outside: true }, { AMQP_URL })).toEqual({ url: AMQP_URL, why: 'AMQP_URL' })
})

test('without a running system, AMQP_URL is used; an empty one counts as missing', () => {
  expect(chooseBroker({ data, outside: false }, { AMQP_URL })).toEqual({ url: AMQP_URL, why: 'AMQP_URL' })
  expect(() => chooseBroker({ data, outside: false }, { AMQP_URL: '' })).toThrow('start the system with `npm start`')
  expect(() => chooseBroker({ data, outside: true }, { AMQP_URL: '' })).toThrow(/^AMQP_URL is missing/)
})

test('a wrong AMQP_URL is refused with a sentence that does not reveal it', () => {
  expect(() => chooseBroker({ data, outside: true }, { AMQP_URL: `amqp://operator:${secret}%@host` })).toThrow(
    new Error('AMQP_URL has a % that encodes nothing: write %25 for a percent sign'),
  )
})

test('the broker that is used is named without its password, also when it does not answer', async () => {
  const said: string[] = []
  const connecting = connectTo({ url: `amqp://operator:${secret}@127.0.0.1:1`, why: 'AMQP_URL' }, (line) =>
    said.push(line),
  )
  await expect(connecting).rejects.toThrow('the broker at 127.0.0.1:1 cannot be used: connect ECONNREFUSED 127.0.0.1:1')
  expect(said).toEqual(['Broker of AMQP_URL: 127.0.0.1:1'])
})
