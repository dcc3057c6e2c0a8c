import { once } from 'node:events'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { spawnSync } from 'node:child_process'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildHandlers } from '#testbed'

const secret = 'Tr0ub4dor3'
const environment = {
  AMQP_URL: `amqp://workbench:${secret}@127.0.0.1:1/shop`,
  DATABASE_URL: `postgres://workbench:${secret}@127.0.0.1:1/workbench`,
  METRICS_PORT: '0',
}

let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'warren-'))
})

afterAll(() => rmSync(folder, { recursive: true }))

/** Starts the bundle of a handler as a separate process, which must end by itself. */
async function start(handler: string, env: Record<string, string>) {
  const [bundle] = await buildHandlers([handler])
  const { status, stdout, stderr } = spawnSync(process.execPath, [bundle?.file ?? ''], {
    env: { PATH: process.env.PATH, ...env },
    encoding: 'utf8',
    timeout: 20_000,
  })
  return { status, stdout, stderr }
}

const fixtures = 'handlers/runtime/fixtures'

/** Expects a process to print only these sentences and to exit with the code for wrong configuration. */
function refused(...sentences: string[]) {
  return { status: 78, stdout: '', stderr: sentences.map((sentence) => `${sentence}\n`).join('') }
}

test.each<[string, Record<string, string | undefined>, string[]]>([
  [
    'no broker',
    { AMQP_URL: undefined },
    ['workbench: AMQP_URL is missing: it must be a URL such as amqp://user:password@host:5672/vhost'],
  ],
  [
    'a broker that is no URL',
    { AMQP_URL: `workbench:${secret}@broker` },
    ['workbench: AMQP_URL must be a URL such as amqp://user:password@host:5672/vhost'],
  ],
  [
    'no database',
    { DATABASE_URL: undefined },
    ['workbench: DATABASE_URL is missing, but handler.yaml sets database: true'],
  ],
  [
    'everything wrong at once',
    { AMQP_URL: undefined, DATABASE_URL: secret, METRICS_PORT: secret, LOG_LEVEL: secret },
    [
      'workbench: AMQP_URL is missing: it must be a URL such as amqp://user:password@host:5672/vhost',
      'workbench: DATABASE_URL must be a URL such as postgres://user:password@host:5432/database',
      'workbench: METRICS_PORT must be a port, from 0 to 65535',
      'workbench: LOG_LEVEL must be one of fatal, error, warn, info, debug, trace, silent',
    ],
  ],
])('%s: one line for each mistake, no stack, no secret, and exit code 78', async (_, changes, sentences) => {
  const env = Object.entries({ ...environment, ...changes }).filter(([, value]) => value !== undefined)
  expect(await start(`${fixtures}/workbench`, Object.fromEntries(env) as Record<string, string>)).toEqual(
    refused(...sentences),
  )
})

/** The workbench under another name and with another `handler.yaml`. */
function workbenchWith(name: string, yaml: string): string {
  cpSync(join(fixtures, 'workbench'), join(folder, name), { recursive: true })
  for (const file of ['jobs.ts', 'fails.ts']) cpSync(join(fixtures, file), join(folder, file))
  writeFileSync(join(folder, name, 'handler.yaml'), yaml)
  return join(folder, name)
}

test('a handler.yaml that disagrees with the code: one line for each difference, and exit code 78', async () => {
  const handler = workbenchWith('disagrees', 'handles: [job.burn.v1]\nemits: [job.done.v1]\ndatabase: true\n')
  expect(await start(handler, environment)).toEqual(
    refused(
      'handlers/disagrees/handler.yaml: handles must name job.do.v1, because handler.ts handles it',
      'handlers/disagrees/handler.yaml: handles must not name job.burn.v1, because nothing in handler.ts handles it',
      'handlers/disagrees/handler.yaml: sends must name job.pass_on.v1, because handler.ts sends it',
    ),
  )
})

test('a handler that reads a variable which handler.yaml does not name: one line, and exit code 78', async () => {
  const handler = join(folder, 'curious')
  mkdirSync(handler)
  writeFileSync(join(handler, 'handler.yaml'), 'env: { BANK_URL: "http://bank" }\n')
  writeFileSync(
    join(handler, 'handler.ts'),
    `import { handler } from 'warren'\nexport default handler({ subscriptions: () => [], ports: ({ env }) => env('BANK_KEY') })\n`,
  )
  expect(await start(handler, environment)).toEqual(
    refused('handlers/curious/handler.yaml: env must name BANK_KEY, which handler.ts reads'),
  )
})

test('a variable without a value, here and in handler.yaml: one line, and exit code 78', async () => {
  const yaml =
    'handles: [job.do.v1]\nemits: [job.done.v1]\nsends: [job.pass_on.v1]\ndatabase: true\nenv: { BANK_KEY: "" }\n'
  const handler = workbenchWith('keyless', yaml)
  expect(await start(handler, { ...environment, BANK_KEY: ' ' })).toEqual(
    refused('keyless: BANK_KEY is missing: handler.yaml names it without a value'),
  )
})

test('a port that is taken: one line with its variable, though the broker does not answer, and exit code 1', async () => {
  const handler = join(folder, 'serving')
  mkdirSync(handler)
  writeFileSync(join(handler, 'handler.yaml'), 'http: 3000\nscale: { min: 1 }\n')
  writeFileSync(
    join(handler, 'handler.ts'),
    `import { handler } from 'warren'\nexport default handler({ subscriptions: () => [], serve: () => () => undefined })\n`,
  )
  const server = createServer().listen(0)
  await once(server, 'listening')
  const port = String((server.address() as AddressInfo).port)
  for (const [variable, variables] of Object.entries({
    HTTP_PORT: { HTTP_PORT: port, METRICS_PORT: '0' },
    METRICS_PORT: { HTTP_PORT: '0', METRICS_PORT: port },
  })) {
    const { status, stderr } = await start(handler, { ...environment, ...variables })
    expect([status, stderr]).toEqual([1, `${variable} ${port} is taken by another process: choose another one\n`])
  }
  server.close()
})

test('a timeout that RabbitMQ would not wait for: one line, and exit code 78', async () => {
  const handler = workbenchWith(
    'outlasts',
    'handles: [job.do.v1]\nemits: [job.done.v1]\nsends: [job.pass_on.v1]\ndatabase: true\ntimeout: 30m\n',
  )
  const { status, stderr } = await start(handler, environment)
  expect(status).toBe(78)
  expect(stderr).toMatch(
    /^handlers\/outlasts\/handler\.yaml: timeout must be at most \S+s, because RabbitMQ .*\(got 1800s\)\n$/,
  )
})

/** Starts the workbench with this in place of its `handler.json`, as a chart mounts it. */
async function startWith(text: string) {
  const [bundle] = await buildHandlers([`${fixtures}/workbench`])
  const place = mkdtempSync(join(folder, 'mounted-'))
  cpSync(bundle?.file ?? '', join(place, 'handler.cjs'))
  writeFileSync(join(place, 'handler.json'), text)
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(place, 'handler.cjs')], {
    env: { PATH: process.env.PATH, ...environment },
    encoding: 'utf8',
    timeout: 20_000,
  })
  return { status, stdout, stderr: stderr.replaceAll(place, '/app') }
}

test('wrong values in handler.json: one line for each, in the words of handler.yaml, and exit code 78', async () => {
  const content = { name: 'workbench', handles: ['job.do.v1'], timeout: 30, scale: { min: 3, max: 2 }, databse: true }
  expect(await startWith(JSON.stringify(content))).toEqual(
    refused(
      'handlers/workbench/handler.yaml: timeout must be a duration such as 30s (got 30)',
      'handlers/workbench/handler.yaml: databse is not a known key: did you mean database?',
    ),
  )
  const contradicting = { name: 'workbench', scale: { min: 3, max: 2 } }
  expect(await startWith(JSON.stringify(contradicting))).toEqual(
    refused('handlers/workbench/handler.yaml: scale.max must be at least scale.min (got 2 < 3)'),
  )
})

test('a handler.json that is not JSON: one line, and exit code 78', async () => {
  const { status, stderr } = await startWith('{"name": ')
  expect(status).toBe(78)
  expect(stderr).toMatch(/^\/app\/handler\.json cannot be read: .*JSON.*\n$/)
})
