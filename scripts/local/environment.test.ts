import { parseManifest } from '#runtime/manifest/index.ts'
import { calls } from '../inspect/doors.ts'
import { environment, type Place } from './environment.ts'

const place: Place = {
  amqpUrl: 'amqp://payments:secret@127.0.0.1:5672/warren',
  databaseUrl: 'postgres://payments:secret@127.0.0.1:5432/payments',
  hosts: { bank: '127.0.0.1:41000', mail: '127.0.0.1:42000', gateway: '127.0.0.1:3000' },
  secret: (variable) => `made for ${variable}`,
}
const manifest = (data: object, name = 'payments') => parseManifest(name, data)

test('a URL of a host in the cluster becomes a local URL', () => {
  const env = {
    BANK_URL: 'http://bank:8080/v1',
    SMTP_URL: 'smtp://mail:1025',
    DOCS: 'https://example.com/mail',
    FROM: 'bank',
  }
  expect(environment(manifest({ env }), place, {})).toMatchObject({
    BANK_URL: 'http://127.0.0.1:41000/v1',
    SMTP_URL: 'smtp://127.0.0.1:42000',
    DOCS: 'https://example.com/mail',
    FROM: 'bank',
  })
})

test('an empty value becomes a generated secret', () => {
  expect(environment(manifest({ env: { AUTH_SECRET: '' } }), place, {})).toMatchObject({
    AUTH_SECRET: 'made for AUTH_SECRET',
  })
})

test('an empty variable of npm start counts as missing, and white space around a value does not count', () => {
  const own = { RATE_LIMIT: '', AUTH_SECRET: ' ', LOG_LEVEL: '', MAIL_FROM: 'shop@example\n' }
  const made = environment(manifest({ env: { RATE_LIMIT: '100', AUTH_SECRET: '', MAIL_FROM: 'x' } }), place, own)
  expect(made).toMatchObject({ RATE_LIMIT: '100', AUTH_SECRET: 'made for AUTH_SECRET', MAIL_FROM: 'shop@example' })
  expect(made).not.toHaveProperty('LOG_LEVEL')
})

test("npm start's own environment takes precedence, but only for variables that handler.yaml names", () => {
  const own = { RATE_LIMIT: '10', OTHER: 'x', AMQP_URL: 'amqp://elsewhere', LOG_LEVEL: 'debug' }
  const made = environment(manifest({ env: { RATE_LIMIT: '100' } }), place, own)
  expect(made).toMatchObject({ RATE_LIMIT: '10', AMQP_URL: place.amqpUrl, LOG_LEVEL: 'debug' })
  expect(made).not.toHaveProperty('OTHER')
})

test('a handler that serves HTTP gets the port at which others call it', () => {
  expect(environment(manifest({ http: 3000, scale: { min: 1 } }, 'gateway'), place, {})).toHaveProperty(
    'HTTP_PORT',
    '3000',
  )
  expect(environment(manifest({}), place, {})).not.toHaveProperty('HTTP_PORT')
})

test('the metrics port is any free one, because replicas share one machine', () => {
  expect(environment(manifest({}), place, {})).toHaveProperty('METRICS_PORT', '0')
})

test('a handler calls the hosts in the URLs of its variables', () => {
  expect(calls(manifest({ env: { BANK_URL: 'http://bank:8080', FROM: 'shop' } }))).toEqual(['bank'])
})

test('the ports of a handler are open on loopback only', () => {
  expect(environment(manifest({}), place, {})).toMatchObject({ BIND_ADDRESS: '127.0.0.1' })
})
