import { parseManifest } from '../manifest/index.ts'
import { namedBy, readPrepareSettings } from './settings.ts'

const secret = 'Tr0ub4dor3'
const withDatabase = parseManifest('orders', { database: true })
const own = `postgres://orders:${secret}@postgres:5432/orders`

test.each<[string, NodeJS.ProcessEnv, string]>([
  [
    'no database',
    {},
    'orders: DATABASE_URL is missing: it must be a URL such as postgres://user:password@host:5432/database',
  ],
  [
    'a database without a name',
    { DATABASE_URL: `postgres://orders:${secret}@postgres` },
    'orders: DATABASE_URL must be a URL such as postgres://user:password@host:5432/database',
  ],
  [
    'an administrator that is no URL',
    { DATABASE_URL: own, ADMIN_DATABASE_URL: secret },
    'orders: ADMIN_DATABASE_URL must be a URL such as postgres://user:password@host:5432/database',
  ],
  [
    'a scaler without a password',
    { DATABASE_URL: own, SCALER_USER: 'orders-scaler' },
    'orders: SCALER_PASSWORD is missing: it must be the password of SCALER_USER',
  ],
])('%s: one sentence that does not reveal the value', (_, environment, sentence) => {
  expect(() => readPrepareSettings(environment, withDatabase)).toThrow(new Error(sentence))
})

test('a handler without a database needs none of the variables', () => {
  expect(readPrepareSettings({}, parseManifest('notifications', {}))).toEqual({
    databaseUrl: undefined,
    adminUrl: undefined,
    scaler: undefined,
  })
})

test("the scaler's password is taken with its line break, because KEDA reads it from the same Secret", () => {
  const environment = { DATABASE_URL: own, SCALER_USER: 'orders-scaler', SCALER_PASSWORD: 'word\n' }
  expect(readPrepareSettings(environment, withDatabase).scaler).toEqual({ name: 'orders-scaler', password: 'word\n' })
})

test('passwords are taken as they are from variables of their own', () => {
  const { databaseUrl, adminUrl } = readPrepareSettings(
    {
      DATABASE_URL: 'postgres://orders@postgres:5432/orders',
      DATABASE_PASSWORD: 'a/b',
      ADMIN_DATABASE_URL: 'postgres://admin@postgres:5432/postgres',
      ADMIN_DATABASE_PASSWORD: '100%',
    },
    withDatabase,
  )
  expect([databaseUrl, adminUrl].map((url) => namedBy(url!).role.password)).toEqual(['a/b', '100%'])
})

test('role and database are decoded from the URL', () => {
  expect(namedBy('postgres://a%40b:c%2Fd@postgres/e%20f')).toEqual({
    role: { name: 'a@b', password: 'c/d' },
    database: 'e f',
  })
})
