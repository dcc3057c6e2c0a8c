import { resolve } from 'node:path'
import { startOptions } from './start-options.ts'

test('without anything said, the shop is on port 3000 with servers of its own and its data in .warren', () => {
  expect(startOptions([], {})).toEqual({
    help: false,
    json: false,
    data: resolve('.warren'),
    port: 3000,
    amqpUrl: undefined,
    managementUrl: undefined,
    databaseUrl: undefined,
  })
})

test('servers of your own replace ours', () => {
  const env = {
    AMQP_URL: 'amqp://me:secret@broker/shop',
    DATABASE_URL: 'postgres://me:secret@db/postgres',
    PORT: '8080',
  }
  expect(startOptions(['--json'], env)).toMatchObject({
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
  [{ DATABASE_URL: 'mysql://db' }, 'DATABASE_URL must be a URL such as postgres://superuser:password@host/postgres'],
])('%p is refused in a sentence', (env, sentence) => {
  expect(() => startOptions([], env)).toThrow(sentence)
})

test('an option that does not exist is refused by its name', () => {
  expect(() => startOptions(['--jsonn'], {})).toThrow(/--jsonn/)
})
