import { resolve } from 'node:path'
import { parse } from '../cli/command.ts'
import { startCommand, startOptions } from './start-command.ts'

const options = (args: string[], env: NodeJS.ProcessEnv) => startOptions(parse(startCommand, args)!, env)

test('by default the shop leaves the port to handler.yaml, runs private servers, and keeps its data in .warren', () => {
  expect(options([], {})).toEqual({
    json: false,
    data: resolve('.warren'),
    port: undefined,
    amqpUrl: undefined,
    managementUrl: undefined,
    databaseUrl: undefined,
  })
})

test('an empty variable counts as missing, and a line break at the end of a value does not count', () => {
  const env = { PORT: '', AMQP_URL: '', MANAGEMENT_URL: ' ', DATABASE_URL: 'postgres://me:secret@db/postgres\n' }
  expect(options([], env)).toMatchObject({
    port: undefined,
    amqpUrl: undefined,
    managementUrl: undefined,
    databaseUrl: 'postgres://me:secret@db/postgres',
  })
})

test('AMQP_URL and DATABASE_URL replace the private servers', () => {
  const env = {
    AMQP_URL: 'amqp://me:secret@broker/shop',
    DATABASE_URL: 'postgres://me:secret@db/postgres',
    PORT: '8080',
  }
  expect(options(['--json'], env)).toMatchObject({
    json: true,
    port: 8080,
    amqpUrl: env.AMQP_URL,
    databaseUrl: env.DATABASE_URL,
  })
})

test.each([
  [{ PORT: 'http' }, 'PORT must be a port, such as 3000'],
  [{ PORT: '70000' }, 'PORT must be at most 65535'],
  [{ AMQP_URL: 'localhost' }, 'AMQP_URL must be a URL such as amqp://administrator:password@host/vhost'],
  [{ AMQP_URL: 'amqp://me:100%@host' }, 'AMQP_URL has a % that encodes nothing: write %25 for a percent sign'],
  [{ MANAGEMENT_URL: 'http://me:100%@host' }, 'MANAGEMENT_URL has a % that encodes nothing: write %25'],
  [{ DATABASE_URL: 'postgres://me:100%@db/x' }, 'DATABASE_URL has a % that encodes nothing: write %25'],
  [
    { DATABASE_URL: 'postgres://db/x' },
    'DATABASE_URL must be a URL such as postgres://superuser:password@host/postgres',
  ],
  [{ DATABASE_URL: 'mysql://db' }, 'DATABASE_URL must be a URL such as postgres://superuser:password@host/postgres'],
])('%p is refused with a sentence that names the variable', (env, sentence) => {
  expect(() => options([], env)).toThrow(sentence)
})

test('an unknown option is refused with its name', () => {
  expect(() => options(['--jsonn'], {})).toThrow(/--jsonn/)
})
