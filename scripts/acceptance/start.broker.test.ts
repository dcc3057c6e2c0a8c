import { randomUUID } from 'node:crypto'
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { until } from '../testbed/until.ts'
import { issueToken } from '#contracts'
import { startBroker, type LocalBroker } from '../servers/broker.ts'
import { startDatabase, type LocalDatabase } from '../servers/database.ts'
import { freePorts } from '../servers/ports.ts'
import { alive, type Identity } from '../servers/processes.ts'
import { readSystem } from '../inspect/system.ts'
import { wholeShop, type Shop } from '../shop/shop.ts'
import {
  answers,
  npmStart as startShop,
  pressCtrlC,
  ready,
  serversOf,
  traces,
  type Started,
} from '../testbed/npm-start.ts'

/** Milliseconds for a start, an order and a stop on a busy machine. */
const patience = 180_000

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'warren-start-'))
  // When started by root, PostgreSQL runs under an account without rights, which must be able to enter the folder.
  chmodSync(folder, 0o755)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

let started: Started[] = []
afterEach(async () => {
  for (const { child } of started) if (child.exitCode === null) child.kill('SIGINT')
  await Promise.all(started.map(({ exited }) => exited))
  started = []
}, patience)

/** A shell whose variables point RabbitMQ, Erlang, PostgreSQL and handlers somewhere else. */
const hostile = {
  PGHOST: 'elsewhere.invalid',
  PGPORT: '1',
  PGUSER: 'elsewhere',
  PGDATABASE: 'elsewhere',
  PGPASSWORD: 'elsewhere',
  PGPASSFILE: '/nowhere',
  PGSERVICE: 'elsewhere',
  PGDATA: '/nowhere',
  PGSSLMODE: 'require',
  PGSSLNEGOTIATION: 'direct',
  PGOPTIONS: '-c search_path=elsewhere -c statement_timeout=1',
  NODE_PG_FORCE_NATIVE: '1',
  RABBITMQ_NODENAME: 'elsewhere@nowhere',
  RABBITMQ_NODE_PORT: '1',
  RABBITMQ_CONFIG_FILE: '/nowhere',
  RABBITMQ_ENABLED_PLUGINS_FILE: '/nowhere',
  RABBITMQ_SERVER_START_ARGS: '-elsewhere',
  ERL_FLAGS: '-name elsewhere@nowhere',
  ERL_AFLAGS: '-name elsewhere@nowhere',
  ERL_EPMD_PORT: '1',
  NODE_OPTIONS: '--title=elsewhere',
  METRICS_PORT: '1',
  HTTP_PORT: '1',
  HANDLER_VERSION: 'elsewhere',
}

/** The variables of a process. */
function variablesOf({ pid }: Identity): string[] {
  return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0')
}

function npmStart(data: string, env: Record<string, string>): Started {
  const start = startShop(data, env)
  started.push(start)
  return start
}

async function placeOrder(
  { gatewayUrl, authSecret }: Shop,
  card = 'tok_visa',
): Promise<{ status: () => Promise<string> }> {
  const token = await issueToken(authSecret, { id: 'ada', email: 'ada@customers.example' })
  const headers = {
    authorization: `Bearer ${token}`,
    'content-type': 'application/json',
    'idempotency-key': randomUUID(),
  }
  const placed = await fetch(`${gatewayUrl}/api/orders`, {
    method: 'POST',
    headers,
    body: JSON.stringify({
      lines: [{ sku: 'BOOK-1', quantity: 1 }],
      card,
      shipTo: { name: 'Ada', street: '12 St James Square', city: 'London', postalCode: 'SW1Y 4JH', country: 'GB' },
    }),
  })
  expect(placed.status).toBe(202)
  const location = placed.headers.get('location')!
  return {
    async status() {
      const response = await fetch(`${gatewayUrl}${location}`, { headers })
      return ((await response.json()) as { status: string }).status
    },
  }
}

test(
  'an order is confirmed after a single command, in a shell with variables of other servers, starting from zero processes, and Ctrl-C leaves no process and no open port',
  async () => {
    const [port] = await freePorts(1)
    const start = npmStart(join(folder, 'data'), { ...hostile, PORT: String(port) })
    const system = await ready(start)
    const shop = wholeShop(system)
    expect(start.said()).toMatch(/Ready after .*, of which RabbitMQ took [\d.]+ s/)
    const first = await until(() => start.rows.find(({ handler }) => handler === 'orders'))
    expect(first).toMatchObject({ replicas: 0 })

    const order = await placeOrder(shop)
    await until(async () => (await order.status()) === 'confirmed', { within: 60_000 })
    await until(() => readdirSync(shop.mails).some((name) => name.endsWith('.eml')), { within: 30_000 })
    expect(start.rows.some(({ handler, replicas }) => handler === 'orders' && replicas === 1)).toBe(true)

    await placeOrder(shop, 'tok_error')
    const rows = (handler: string) => start.rows.filter((row) => row.handler === handler)
    await until(() => rows('payments').some(({ retrying, retries }) => retrying === 1 && retries > 1), {
      within: 30_000,
    })
    expect(rows('payments').at(-1)?.lastError?.text).toMatch(/^Error: the bank answered 500 to POST \/authorizations/)
    // The deadline of the order that is not finished.
    expect(rows('orders').at(-1)?.timers).toBe(1)

    const { processes, ports } = traces(start, system)
    expect(processes.map(alive)).not.toContain(false)
    if (process.platform === 'linux') {
      const foreign = Object.entries(hostile).map(([name, value]) => `${name}=${value}`)
      expect(processes.flatMap(variablesOf).filter((variable) => foreign.includes(variable))).toEqual([])
    }
    start.child.kill('SIGINT')
    expect(await start.exited).toBe(0)
    expect(processes.filter(alive)).toEqual([])
    expect(await Promise.all(ports.map(answers))).not.toContain(true)
    expect(readdirSync(join(start.data, 'running'))).toEqual([])
    expect(() => readSystem(start.data)).toThrow(/is missing/)
  },
  patience,
)

/** The private servers of a shop that is still starting, as soon as both have been started. */
const serversStarting = (start: Started) => until(() => Object.values(serversOf(start)), { within: 90_000 })

test(
  'Ctrl-C during a start gives it up immediately, leaves nothing, and the next start works',
  async () => {
    const [port] = await freePorts(1)
    const data = join(folder, 'given-up')
    const first = npmStart(data, { PORT: String(port) })
    const servers = await serversStarting(first)
    const pressed = performance.now()
    pressCtrlC(first)
    expect(await first.exited).toBe(0)
    expect(performance.now() - pressed).toBeLessThan(5_000)
    expect(first.said()).not.toContain('Ready after')
    expect(servers.filter(alive)).toEqual([])
    const left = readdirSync(data, { recursive: true }).filter((name) =>
      /(claimed-by|node|server|system)\.json$/.test(String(name)),
    )
    expect(left).toEqual([])

    const next = npmStart(data, { PORT: String(port) })
    await ready(next)
    pressCtrlC(next)
    expect(await next.exited).toBe(0)
  },
  patience,
)

test(
  'Ctrl-C right after a start ends with exit code 0',
  async () => {
    const [port] = await freePorts(1)
    const start = npmStart(join(folder, 'data'), { PORT: String(port) })
    await until(() => start.said().includes('Ready after'), { within: 90_000 })
    pressCtrlC(start)
    expect(await start.exited).toBe(0)
    expect(start.said()).toMatch(/Stopped\.\n$/)
  },
  patience,
)

test(
  'npm start stops everything when the reader of its output goes away, as with `| head -1`',
  async () => {
    const [port] = await freePorts(1)
    const start = npmStart(join(folder, 'data'), { PORT: String(port) })
    start.child.stderr!.once('data', () => {
      start.child.stdout!.destroy()
      start.child.stderr!.destroy()
    })
    const servers = await serversStarting(start)
    expect(await start.exited).toBe(0)
    expect(servers.filter(alive)).toEqual([])
  },
  patience,
)

test(
  'killing npm start ends its handlers, prevents no later start, and loses no order',
  async () => {
    const [port] = await freePorts(1)
    const killed = npmStart(join(folder, 'data'), { PORT: String(port) })
    const system = await ready(killed)
    const order = await placeOrder(wholeShop(system))
    const { processes } = traces(killed, system)
    killed.child.kill('SIGKILL')
    await killed.exited

    const next = npmStart(join(folder, 'data'), { PORT: String(port) })
    await ready(next)
    expect(processes.filter(alive)).toEqual([])
    await until(async () => (await order.status()) === 'confirmed', { within: 60_000 })

    const left = traces(next, readSystem(next.data)).processes
    next.child.kill('SIGTERM')
    expect(await next.exited).toBe(0)
    expect(left.filter(alive)).toEqual([])
  },
  patience,
)

test(
  'handlers exit by themselves when npm start is killed',
  async () => {
    const [port] = await freePorts(1)
    const killed = npmStart(join(folder, 'data'), { PORT: String(port) })
    await ready(killed)
    const running = join(killed.data, 'running')
    const handlers = readdirSync(running).map(
      (name) => JSON.parse(readFileSync(join(running, name), 'utf8')) as Identity,
    )
    killed.child.kill('SIGKILL')
    await until(() => handlers.filter(alive).length === 0, { within: 30_000 })

    // Only the servers are left; the next start takes them over.
    const next = npmStart(join(folder, 'data'), { PORT: String(port) })
    await ready(next)
  },
  patience,
)

test(
  'a port in use is reported before anything starts, with the process that uses it and the variable that changes it',
  async () => {
    const busy = createServer()
    await new Promise<void>((listening) => busy.listen(0, listening))
    const { port } = busy.address() as AddressInfo
    try {
      const start = npmStart(join(folder, 'busy'), { PORT: String(port) })
      expect(await start.exited).toBe(1)
      expect(start.said()).toMatch(
        new RegExp(`port ${port} is in use by .*\\(process ${process.pid}\\).*PORT=${port + 1}`),
      )
      expect(readdirSync(join(folder, 'busy')).filter((name) => name === 'broker' || name === 'database')).toEqual([])
    } finally {
      busy.close()
    }
  },
  patience,
)

describe('with servers of your own', () => {
  let broker: LocalBroker
  let database: LocalDatabase
  beforeAll(async () => {
    const own = join(folder, 'own')
    ;[broker, database] = await Promise.all([
      startBroker({ folder: join(own, 'broker') }),
      startDatabase({ folder: join(own, 'database') }),
    ])
  }, patience)
  afterAll(() => Promise.all([broker, database].map((server) => server.stop())), patience)

  test(
    'AMQP_URL and DATABASE_URL replace the private servers, and keep running after the shop has stopped',
    async () => {
      const [port] = await freePorts(1)
      const start = npmStart(join(folder, 'outside'), {
        PORT: String(port),
        AMQP_URL: broker.url(broker.admin.user, broker.admin.password, 'elsewhere'),
        MANAGEMENT_URL: `http://127.0.0.1:${broker.managementPort}`,
        DATABASE_URL: database.adminUrl,
      })
      const order = await placeOrder(wholeShop(await ready(start)))
      await until(async () => (await order.status()) === 'confirmed', { within: 60_000 })

      start.child.kill('SIGINT')
      expect(await start.exited).toBe(0)
      expect(readdirSync(start.data)).not.toEqual(expect.arrayContaining(['broker']))
      expect(await Promise.all([broker.port, Number(new URL(database.adminUrl).port)].map(answers))).toEqual([
        true,
        true,
      ])
    },
    patience,
  )
})
