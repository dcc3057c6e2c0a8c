import { parseManifest } from '../manifest/index.ts'
import { addressOf } from '../settings/address.ts'
import { Misconfigured, readSettings } from './settings.ts'

const secret = 'Tr0ub4dor&3'
const amqp = `amqp://payments:${encodeURIComponent(secret)}@localhost/shop`
const postgres = `postgres://payments:${encodeURIComponent(secret)}@localhost/payments`

const plain = parseManifest('payments', {})
const withDatabase = parseManifest('payments', { database: true })
const withHttp = parseManifest('payments', { http: 8080, scale: { min: 1 } })
const withEnv = parseManifest('payments', { env: { BANK_URL: 'http://bank:8080', PAUSE: '1s' } })

/** The sentences that an operator reads, one for each mistake. */
function mistakes(environment: NodeJS.ProcessEnv, manifest = plain): string[] {
  try {
    readSettings(environment, manifest)
    return []
  } catch (error) {
    expect(error).toBeInstanceOf(Misconfigured)
    return (error as Error).message.split('\n')
  }
}

describe('a wrong variable is reported in one sentence that names it and never reveals its value', () => {
  const amqpSentence = 'must be a URL such as amqp://user:password@host:5672/vhost'
  const databaseSentence = 'must be a URL such as postgres://user:password@host:5432/database'

  test.each<[string, NodeJS.ProcessEnv, string]>([
    ['no broker', {}, `AMQP_URL is missing: it ${amqpSentence}`],
    ['an empty broker', { AMQP_URL: '' }, `AMQP_URL is missing: it ${amqpSentence}`],
    ['not a URL', { AMQP_URL: secret }, `AMQP_URL ${amqpSentence}`],
    ['another protocol', { AMQP_URL: `http://payments:${secret}@localhost` }, `AMQP_URL ${amqpSentence}`],
    ['no user in the broker URL', { AMQP_URL: `amqp://:${secret}@localhost` }, `AMQP_URL ${amqpSentence}`],
    [
      'a percent sign that encodes nothing',
      { AMQP_URL: `amqp://payments:${secret}%@localhost` },
      'AMQP_URL has a % that encodes nothing: write %25 for a percent sign',
    ],
    [
      'a percent sequence of another encoding than UTF-8',
      { AMQP_URL: `amqp://payments:${secret}%E4@localhost` },
      'AMQP_URL has a % sequence that is no UTF-8: encode each character as encodeURIComponent does (ä is %C3%A4)',
    ],
    [
      'a hash in the password',
      { AMQP_URL: `amqp://payments:${secret}#@localhost` },
      'AMQP_URL has a #, which ends a URL: write %23',
    ],
    [
      'a slash behind the virtual host',
      { AMQP_URL: `${amqp}/` },
      'AMQP_URL has a second / after its host: write %2F for a slash within a name',
    ],
    ['nothing but white space', { AMQP_URL: ' \n' }, `AMQP_URL is missing: it ${amqpSentence}`],
    [
      'a broker port that is none',
      { AMQP_URL: `amqp://payments:${secret}@localhost:99999` },
      `AMQP_URL ${amqpSentence}`,
    ],
    ['no database', { AMQP_URL: amqp }, 'DATABASE_URL is missing, but handler.yaml sets database: true'],
    [
      'an empty database',
      { AMQP_URL: amqp, DATABASE_URL: '' },
      'DATABASE_URL is missing, but handler.yaml sets database: true',
    ],
    [
      'another database',
      { AMQP_URL: amqp, DATABASE_URL: `mysql://a:${secret}@localhost` },
      `DATABASE_URL ${databaseSentence}`,
    ],
    [
      'a percent sign in the password of the database',
      { AMQP_URL: amqp, DATABASE_URL: `postgres://payments:${secret}%zz@localhost/payments` },
      'DATABASE_URL has a % that encodes nothing: write %25 for a percent sign',
    ],
    [
      'a database without the name of its role',
      { AMQP_URL: amqp, DATABASE_URL: `postgres://localhost/payments` },
      `DATABASE_URL ${databaseSentence}`,
    ],
    [
      'a negative port',
      { AMQP_URL: amqp, DATABASE_URL: postgres, METRICS_PORT: '-1' },
      'METRICS_PORT must be a port, from 0 to 65535',
    ],
    [
      'a port too high',
      { AMQP_URL: amqp, DATABASE_URL: postgres, METRICS_PORT: '65536' },
      'METRICS_PORT must be a port, from 0 to 65535',
    ],
    [
      'a port in words',
      { AMQP_URL: amqp, DATABASE_URL: postgres, HTTP_PORT: secret },
      'HTTP_PORT must be a port, from 0 to 65535',
    ],
    [
      'a port in hexadecimals',
      { AMQP_URL: amqp, DATABASE_URL: postgres, HTTP_PORT: '0x50' },
      'HTTP_PORT must be a port, from 0 to 65535',
    ],
    [
      'a level that is none',
      { AMQP_URL: amqp, DATABASE_URL: postgres, LOG_LEVEL: secret },
      'LOG_LEVEL must be one of fatal, error, warn, info, debug, trace, silent',
    ],
    [
      'a version as long as a book',
      { AMQP_URL: amqp, DATABASE_URL: postgres, HANDLER_VERSION: secret.repeat(100) },
      'HANDLER_VERSION must have at most 128 characters',
    ],
  ])('%s', (_, environment, sentence) => {
    const told = mistakes(environment, withDatabase)
    expect(told).toContain(`payments: ${sentence}`)
    expect(told.join()).not.toContain(secret)
  })

  test('one port for both HTTP and metrics', () => {
    expect(mistakes({ AMQP_URL: amqp, HTTP_PORT: '9090' }, withHttp)).toEqual([
      'payments: HTTP_PORT and METRICS_PORT must differ (both are 9090)',
    ])
  })

  test('all mistakes are reported at once, each on its own line', () => {
    expect(mistakes({ METRICS_PORT: 'x', LOG_LEVEL: 'y' }, withDatabase)).toEqual([
      `payments: AMQP_URL is missing: it ${amqpSentence}`,
      'payments: METRICS_PORT must be a port, from 0 to 65535',
      'payments: LOG_LEVEL must be one of fatal, error, warn, info, debug, trace, silent',
      'payments: DATABASE_URL is missing, but handler.yaml sets database: true',
    ])
  })
})

describe('valid settings', () => {
  test('have defaults', () => {
    expect(readSettings({ AMQP_URL: amqp, METRICS_PORT: '' }, plain)).toMatchObject({
      amqpUrl: amqp,
      user: 'payments',
      databaseUrl: undefined,
      metricsPort: 9090,
      httpPort: undefined,
      logLevel: 'info',
      version: 'local',
    })
  })

  test('decode the broker user from the URL', () => {
    expect(readSettings({ AMQP_URL: 'amqps://a%40b:c@[::1]:5671' }, plain).user).toBe('a@b')
  })

  test('are read without the line break at the end of a Secret that was made from a file', () => {
    const read = readSettings({ AMQP_URL: `${amqp}\n`, LOG_LEVEL: 'warn\n', BANK_URL: 'http://other\n' }, withEnv)
    expect([read.amqpUrl, read.logLevel, read.env('BANK_URL')]).toEqual([amqp, 'warn', 'http://other'])
  })

  test('take a password as it is from a variable of its own', () => {
    const password = 'aB+/=?#%@ä: '
    const read = readSettings(
      {
        AMQP_URL: 'amqp://payments@localhost:5672/shop',
        AMQP_PASSWORD: password,
        DATABASE_URL: 'postgres://payments:old@localhost:5432/payments?sslmode=verify-full',
        DATABASE_PASSWORD: `${password}\n`,
      },
      withDatabase,
    )
    expect(addressOf(read.amqpUrl)).toMatchObject({ user: 'payments', password: password.trim(), path: 'shop' })
    expect(addressOf(read.databaseUrl!)).toMatchObject({ password: password.trim(), path: 'payments' })
    expect(read.databaseUrl).toContain('?sslmode=verify-full')
  })

  test('include a database only for a handler that has one', () => {
    const environment = { AMQP_URL: amqp, DATABASE_URL: postgres }
    expect(readSettings(environment, withDatabase).databaseUrl).toBe(postgres)
    expect(readSettings(environment, plain).databaseUrl).toBeUndefined()
  })

  test('include an HTTP port only for a handler that serves HTTP; the variable overrides handler.yaml', () => {
    expect(readSettings({ AMQP_URL: amqp, HTTP_PORT: '9000' }, plain).httpPort).toBeUndefined()
    expect(readSettings({ AMQP_URL: amqp }, withHttp).httpPort).toBe(8080)
    expect(readSettings({ AMQP_URL: amqp, HTTP_PORT: '9000' }, withHttp).httpPort).toBe(9000)
  })
})

describe('the variables of the handler itself', () => {
  test('have the value of handler.yaml, unless the environment has one', () => {
    const { env } = readSettings({ AMQP_URL: amqp, PAUSE: '2s', OTHER: 'x' }, withEnv)
    expect([env('BANK_URL'), env('PAUSE')]).toEqual(['http://bank:8080', '2s'])
  })

  test('have the value of handler.yaml if the environment has an empty one', () => {
    expect(readSettings({ AMQP_URL: amqp, PAUSE: '' }, withEnv).env('PAUSE')).toBe('1s')
  })

  test.each([undefined, '', ' \n'])('are missing without a value from either (here %j)', (BANK_KEY) => {
    const needsKey = parseManifest('payments', { env: { BANK_KEY: '', PAUSE: '1s' } })
    expect(mistakes({ AMQP_URL: amqp, BANK_KEY }, needsKey)).toEqual([
      'payments: BANK_KEY is missing: handler.yaml names it without a value',
    ])
  })

  test.each(['OTHER', 'toString', 'constructor', '__proto__'])(
    '%s, which handler.yaml does not name, is an error',
    (name) => {
      const { env } = readSettings({ AMQP_URL: amqp, OTHER: secret }, withEnv)
      expect(() => env(name)).toThrow(
        new Misconfigured(`handlers/payments/handler.yaml: env must name ${name}, which handler.ts reads`),
      )
    },
  )
})
