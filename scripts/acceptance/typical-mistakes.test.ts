import { parseManifest } from '#runtime/manifest/index.ts'
import { readSettings } from '#runtime/process/settings.ts'
import { startOptions } from '../local/start-command.ts'
import { check } from './mistakes/check.ts'
import { compile } from './mistakes/compile.ts'
import { edited, type Changes } from './mistakes/example-system.ts'
import { firstError } from './mistakes/first-error.ts'
import { complaints } from './mistakes/lint.ts'

// Each table is one moment, the earliest at which its mistakes can be seen; mistakes in migrations that only a database can see are
// tested beside migrate().

/** Only warned about: a person or a later handler may send it. */
const unsent =
  'warning: handlers/orders/handler.yaml:1: handles names order.place.v1, but no handler sends it: unless it comes from outside, send it from one, or stop handling it'
const unused =
  'warning: handlers/contracts: payment.refused.v1 is in no handler.yaml: use it in a handler, or remove it'

const yaml = (change: readonly [from: string | RegExp, to: string]) => edited('handlers/payments/handler.yaml', change)
const code = (change: readonly [from: string | RegExp, to: string]) => edited('handlers/payments/handler.ts', change)
const apply = (body: string) => code([/on\(Pay, \[Paid\][\s\S]*\n {2}\}\),/, `on(Pay, [Paid], ${body}),`])

test('the system without a mistake has no error', async () => {
  expect(await check({})).toEqual([unsent, unused])
  expect(compile([{}])).toEqual([[]])
}, 60_000)

type Row = readonly [mistake: string, changes: Changes, sentence: string]

const manifests: readonly Row[] = [
  [
    'an unknown key',
    yaml(['timeout: 30s', 'retries: 3']),
    'handlers/payments/handler.yaml:4: retries is not a known key: did you mean retry?',
  ],
  [
    'a key of another level',
    yaml(['timeout: 30s', 'attempts: 3']),
    'handlers/payments/handler.yaml:4: attempts is not a known key: did you mean retry.attempts?',
  ],
  [
    'a key that has no counterpart',
    yaml(['timeout: 30s', 'scale: { cpu: 2 }']),
    'handlers/payments/handler.yaml:4: scale.cpu is not a known key: those of scale are min, max, backlog, cooldown',
  ],
  [
    'a word instead of a number',
    yaml(['timeout: 30s', 'concurrency: many']),
    'handlers/payments/handler.yaml:4: concurrency must be a whole number (got "many")',
  ],
  [
    'a time without a unit',
    yaml(['timeout: 30s', 'timeout: 30']),
    'handlers/payments/handler.yaml:4: timeout must be a duration such as 30s (got 30)',
  ],
  [
    'yes instead of true',
    yaml(['database: true', 'database: yes']),
    'handlers/payments/handler.yaml:5: database must be true or false (got "yes")',
  ],
  [
    'a tab',
    yaml(['  - payment.pay.v1', '\t- payment.pay.v1']),
    'handlers/payments/handler.yaml:2: it is not YAML: a line begins with a tab: indent with spaces',
  ],
  [
    'a key twice',
    yaml(['timeout: 30s', 'timeout: 30s\ntimeout: 5s']),
    'handlers/payments/handler.yaml:5: it is not YAML: the key timeout stands there twice: merge the two',
  ],
  [
    'no space behind a colon',
    yaml(['timeout: 30s', 'timeout:30s']),
    'handlers/payments/handler.yaml:4: it is not YAML: a colon and a space must follow a key: write it as in timeout: 30s',
  ],
  [
    'a list that is not closed',
    yaml(['[payment.paid.v1]', '[payment.paid.v1']),
    'handlers/payments/handler.yaml:4: it is not YAML: a [ or { above is not closed: close it',
  ],
  [
    'one type instead of a list',
    yaml(['[payment.paid.v1]', 'payment.paid.v1']),
    'handlers/payments/handler.yaml:3: emits must be a list of message types (got "payment.paid.v1")',
  ],
  [
    'a type without a version',
    yaml(['- payment.pay.v1', '- payment.pay']),
    'handlers/payments/handler.yaml:2: handles[0] must be a message type such as payment.authorize.v1 (got "payment.pay")',
  ],
  [
    'fewer replicas at most than at least',
    yaml(['timeout: 30s', 'scale:\n  min: 2\n  max: 1']),
    'handlers/payments/handler.yaml:6: scale.max must be at least scale.min (got 1 < 2)',
  ],
  [
    'HTTP without a replica that always runs',
    yaml(['timeout: 30s', 'http: 3000\nscale: { min: 0 }']),
    'handlers/payments/handler.yaml:5: scale.min must be at least 1, because zero replicas cannot serve HTTP (got 0)',
  ],
  [
    'a number as the value of a variable',
    yaml([`'http://bank:8080'`, '8080']),
    'handlers/payments/handler.yaml:6: env.BANK_URL must be a string: put it in quotes (got 8080)',
  ],
  [
    'a variable in lower case',
    yaml(['BANK_URL', 'bankUrl']),
    'handlers/payments/handler.yaml:6: env.bankUrl must be named in capitals, digits and underscores',
  ],
  [
    'a variable that Warren sets',
    yaml(['BANK_URL', 'AMQP_URL']),
    'handlers/payments/handler.yaml:6: env must not name AMQP_URL, because Warren sets it for every handler',
  ],
  [
    'endless retries of a type that is not handled',
    yaml(['timeout: 30s', 'retry:\n  forever: [payment.pai.v1]']),
    'handlers/payments/handler.yaml:5: retry.forever must name only what handles or subscribes name (got payment.pai.v1)',
  ],
  [
    'a folder in capitals',
    { 'handlers/Invoices/handler.yaml': '' },
    `handlers/Invoices/handler.yaml: the folder's name must be up to 40 lower-case letters, digits and hyphens, a letter first (got "Invoices")`,
  ],
  [
    'code without a handler.yaml',
    { 'handlers/invoices/handler.ts': '' },
    'handlers/invoices/handler.ts: there is no handler.yaml beside it, so nothing runs it: add one, which may be empty, or remove handler.ts',
  ],
]

describe('in handler.yaml: the editor underlines it by its schema, and every command refuses it', () => {
  test.each(manifests)('%s', async (_, changes, sentence) => {
    expect(await check(changes)).toEqual([sentence])
  })
})

const migration = (file: string, text: string) => ({ [`handlers/payments/migrations/${file}`]: text })

const migrations: readonly Row[] = [
  [
    'migrations without a database',
    yaml(['database: true', 'database: false']),
    'handlers/payments/handler.yaml:5: database must be true, because the folder has migrations',
  ],
  [
    'two migrations of one number',
    migration('0001_refunds.sql', 'create table refunds (id int);'),
    'handlers/payments/migrations/0001_refunds.sql: 0001_payments.sql has the same number: give it the next one',
  ],
  [
    'a migration without a number',
    migration('refunds.sql', 'create table refunds (id int);'),
    'handlers/payments/migrations/refunds.sql: its name must begin with a number, such as 0002_refunds.sql',
  ],
  [
    'a section Down without the mark of Up',
    migration('0002_refunds.sql', 'create table refunds (id int);\n-- Down Migration\ndrop table refunds;'),
    'handlers/payments/migrations/0002_refunds.sql:2: the section "Down Migration" would run too: write "-- Up Migration" above the first statement',
  ],
  [
    'a migration that drops a table of the runtime',
    migration('0002_clean.sql', '-- Up Migration\ndrop table inbox;'),
    'handlers/payments/migrations/0002_clean.sql:2: inbox belongs to Warren, which makes and changes it itself: name another table',
  ],
  [
    'a migration without a statement',
    migration('0002_refunds.sql', '-- Up Migration\n'),
    'handlers/payments/migrations/0002_refunds.sql: it has no statement: write one, or remove the file',
  ],
]

describe('in migrations: every command refuses it before a database has seen it', () => {
  test.each(migrations)('%s', async (_, changes, sentence) => {
    expect(await check(changes)).toEqual([sentence])
  })
})

const twin = {
  'handlers/cash/handler.yaml': 'handles: [payment.pay.v1]\n',
  'handlers/cash/handler.ts': `import { Pay } from '#contracts'
import { handler, on } from 'warren'

export default handler({ subscriptions: () => [on(Pay, () => {})] })
`,
}

/** The output of the handler that its `handler.yaml` does not list. */
const alsoRefused = code([
  /.*#contracts.*\n([\s\S]*)\[Paid\]/,
  "import { Paid, Pay, Refused } from '#contracts'\n$1[Paid, Refused]",
])

const together: readonly Row[] = [
  [
    'a type that does not exist, in sends',
    edited('handlers/orders/handler.yaml', ['payment.pay.v1', 'payment.pai.v1']),
    'handlers/orders/handler.yaml:3: sends names payment.pai.v1, but no handler handles it: did you mean payment.pay.v1?',
  ],
  [
    'a type that no handler emits, in subscribes',
    edited('handlers/orders/handler.yaml', ['payment.paid.v1', 'shipment.sent.v1']),
    'handlers/orders/handler.yaml:2: subscribes names shipment.sent.v1, but no handler emits it: emit it from one, or stop subscribing to it',
  ],
  [
    'two handlers of one command',
    twin,
    'payment.pay.v1 is in handles of cash (handlers/cash/handler.yaml:1) and of payments (handlers/payments/handler.yaml:2): a command has one handler, so remove it from the others',
  ],
  [
    'an event without a subscriber: a warning',
    {
      ...yaml(['[payment.paid.v1]', '[payment.paid.v1, payment.refused.v1]']),
      ...code([/\[Paid\]/, '[Paid, Refused]']),
    },
    'warning: handlers/payments/handler.yaml:3: emits names payment.refused.v1, but no handler subscribes to it, so it has no effect: subscribe to it, or stop emitting it',
  ],
  [
    'handler.yaml without the code',
    yaml(['- payment.pay.v1', '- payment.pay.v1\n  - payment.refund.v1']),
    'handlers/payments/handler.yaml:3: handles must not name payment.refund.v1, because nothing in handler.ts handles it',
  ],
  [
    'the code without handler.yaml',
    alsoRefused,
    'handlers/payments/handler.yaml:3: emits must name payment.refused.v1, because handler.ts emits it',
  ],
  [
    'a backlog under half of what a replica holds',
    yaml(['timeout: 30s', 'scale:\n  backlog: 20']),
    'handlers/payments/handler.yaml:5: scale.backlog must be at least 150, half of the 300 deliveries that one replica holds, or the first replica takes the messages that others are started for (got 20)',
  ],
  [
    'a message for later without a database',
    edited('handlers/orders/handler.ts', [
      "import { handler, on } from 'warren'",
      "import { delay, handler, on } from 'warren'\nvoid delay",
    ]),
    'handlers/orders/handler.ts:2: delay needs a database: write database: true in handlers/orders/handler.yaml',
  ],
  [
    'db without a database',
    edited('handlers/orders/handler.ts', [
      'on(Paid, () => {})',
      'on(Paid, async (_, { db }) => void (await db.query("select 1")))',
    ]),
    'handlers/orders/handler.ts:6: db needs a database: write database: true in handlers/orders/handler.yaml',
  ],
  [
    'a variable that handler.yaml does not name',
    code(['handler({ subscriptions })', `handler({ subscriptions, ports: ({ env }) => env('BANK_KEY') as never })`]),
    'handlers/payments/handler.yaml:6: env must name BANK_KEY, which handler.ts reads',
  ],
  [
    'no default export',
    code(['export default', 'export const payments =']),
    'handlers/payments/handler.ts: its default export is not made by handler(): write export default handler({ subscriptions })',
  ],
  [
    'a default export that handler() has not made',
    code(['handler({ subscriptions })', 'subscriptions']),
    'handlers/payments/handler.ts: its default export is not made by handler(): write export default handler({ subscriptions })',
  ],
  [
    'a message type with a capital, past the compiler',
    edited('handlers/contracts/payments.ts', ['payment.refused.v1', 'payment.Refused.v1']),
    'payment.Refused.v1: a message type is lower-case words and a version, such as payment.authorize.v1',
  ],
]

describe('between handler.yaml files, and between them and the code: npm run check and npm start name it', () => {
  test.each(together)('%s', async (_, changes, sentence) => {
    expect(await check(changes)).toContain(sentence)
  })
})

test('importing another handler: npm run check, npm start and the build name both handlers and the line', async () => {
  const changes = code([
    'import { handler',
    "import { subscriptions as orders } from '../orders/handler.ts'\nvoid orders\nimport { handler",
  ])
  const [error] = await check(changes)
  expect(error).toContain(
    'handlers speak through messages, and handlers/payments must not import handlers/orders: put what both need into handlers/contracts',
  )
  expect(error).toContain('handlers/payments/handler.ts:2:')
})

const typed: readonly Row[] = [
  [
    'a message that the list does not name',
    apply('({ orderId }) => Pay({ orderId, amount: 1 })'),
    `"payment.pay.v1 is returned, but not in the list of outputs"`,
  ],
  [
    'a plain object instead of a message',
    apply('({ orderId, amount }) => ({ orderId, amount })'),
    `"a handler returns messages: call a contract to make one"`,
  ],
  [
    'a promise in a list',
    apply('({ orderId, amount }) => [Promise.resolve(Paid({ orderId, amount }))]'),
    `"a handler returns messages: call a contract to make one"`,
  ],
  [
    'nothing in a list',
    apply('({ orderId, amount }) => [amount > 1 ? Paid({ orderId, amount }) : null]'),
    `"a handler returns messages: call a contract to make one"`,
  ],
  [
    'apply above the call whose result it uses',
    apply('{ apply(_, { result }) { void result.toFixed() }, call: ({ amount }) => Promise.resolve(amount) }'),
    `Property 'result' does not exist on type 'ContextWithoutCall'.`,
  ],
  [
    'the database in a call',
    apply(`{ call: async (_, { db }) => { await db.query('select 1') } }`),
    `Property 'db' does not exist on type 'CallContext'.`,
  ],
  [
    'a field that is missing',
    apply('({ orderId }) => Paid({ orderId })'),
    `Argument of type '{ orderId: string; }' is not assignable to parameter of type '{ orderId: string; amount: number; }'.`,
  ],
  [
    'a field that is misspelled',
    apply('({ orderId, amount }) => Paid({ orderId, amout: amount })'),
    `Did you mean to write 'amount'?`,
  ],
  [
    'a field of another type',
    apply('({ orderId, amount }) => Paid({ orderId, amount: `${amount}` })'),
    `Type 'string' is not assignable to type 'number'.`,
  ],
  [
    'a contract that handlers/contracts/index.ts does not export',
    code([/\{ Paid, Pay \}([\s\S]*)\[Paid\]/, '{ Paid, Pay, Refund }$1[Paid, Refund]']),
    `has no exported member 'Refund'.`,
  ],
  [
    'a message type without a version',
    edited('handlers/contracts/payments.ts', [`'payment.refused.v1'`, `'payment.refused'`]),
    `Argument of type '"payment.refused"' is not assignable to parameter of type '\`\${string}.\${string}.v\${number}\`'.`,
  ],
]

describe('in types: the editor and npm run check name file, line and column', () => {
  let errors: string[][]
  beforeAll(() => {
    errors = compile(
      typed.map(([, changes]) => ({
        ...changes,
        ...('handlers/payments/handler.ts' in changes && {
          'handlers/payments/handler.ts': `${changes['handlers/payments/handler.ts']}\nexport const needed = [Pay, Paid, handler, on]\n`,
        }),
      })),
    )
  }, 120_000)

  test.each(typed.map(([mistake, , sentence], index) => [mistake, sentence, index] as const))(
    '%s',
    (_, sentence, index) => {
      expect(errors[index]).toEqual([expect.stringContaining(sentence)])
      expect(errors[index]![0]).toMatch(/^handlers\/(payments\/handler|contracts\/payments)\.ts:\d+:\d+: /)
    },
  )
})

const linted: readonly Row[] = [
  ['a query that is not awaited', code(['await db.query', 'db.query']), '6:5 Promises must be awaited'],
  ['a string that is thrown', apply("() => { throw 'no' }"), '5:33 Expected an error object to be thrown.'],
  [
    'apply above call',
    apply('{ apply: () => {}, call: async () => 1 }'),
    '5:38 `call` stands before `apply`: TypeScript infers the type of `result` in that order.',
  ],
]

describe('in the code: the editor and npm run lint name line and column', () => {
  test.each(linted)(
    '%s',
    async (_, changes, sentence) => {
      expect(await complaints(changes)).toContainEqual(expect.stringContaining(sentence))
    },
    60_000,
  )
})

const atFirst: readonly Row[] = [
  [
    'a plain object, past the compiler',
    apply('({ orderId }) => ({ orderId }) as never'),
    'TypeError: handlers/payments/handler.ts returned {"orderId":"1"}, which is no message: call a contract to make one',
  ],
  [
    'a promise in a list, past the compiler',
    apply('({ orderId, amount }) => [Promise.resolve(Paid({ orderId, amount }))] as never'),
    'TypeError: handlers/payments/handler.ts returned a promise in its list: await it',
  ],
  [
    'nothing in a list, past the compiler',
    apply('() => [undefined] as never'),
    'TypeError: handlers/payments/handler.ts returned undefined in its list: leave it out',
  ],
  [
    'a contract that was not called',
    apply('() => Paid as never'),
    'TypeError: handlers/payments/handler.ts returned the contract of payment.paid.v1: call it with the data of a message',
  ],
  [
    'data that its contract does not allow',
    apply('({ orderId }) => Paid({ orderId } as never)'),
    'TypeError: payment.paid.v1: amount is missing',
  ],
  [
    'a message that handler.yaml does not list, past the compiler',
    apply('({ orderId, amount }) => Pay({ orderId, amount }) as never'),
    'Error: handlers/payments/handler.ts returned payment.pay.v1, which handlers/payments/handler.yaml does not list: add it to sends and to the outputs in handler.ts',
  ],
  ['a string that is thrown', apply("() => { throw 'no' }"), 'thrown: no (throw an Error: it knows its line)'],
]

describe('past all checks: the first message fails, and its retries and dead letter name it', () => {
  test.each(atFirst)('%s', async (_, changes, sentence) => {
    expect(await firstError(changes)).toBe(sentence)
  })
})

const environment: readonly [string, Readonly<Record<string, string>>, string][] = [
  ['a port that is a word', { PORT: 'http' }, 'npm start: PORT must be a port, such as 3000'],
  ['a port out of range', { PORT: '70000' }, 'npm start: PORT must be at most 65535'],
  [
    'a broker without its protocol',
    { AMQP_URL: 'broker:5672' },
    'npm start: AMQP_URL must be a URL such as amqp://administrator:password@host/vhost',
  ],
  [
    'the URL of a web page for the broker',
    { AMQP_URL: 'http://broker:15672' },
    'npm start: AMQP_URL must be a URL such as amqp://administrator:password@host/vhost',
  ],
  [
    'a password with a percent sign that is not encoded',
    { AMQP_URL: 'amqp://me:50%@broker' },
    'npm start: AMQP_URL has a % that encodes nothing: write %25 for a percent sign',
  ],
  [
    'a database without a user',
    { DATABASE_URL: 'postgres://server/postgres' },
    'npm start: DATABASE_URL must be a URL such as postgres://superuser:password@host/postgres',
  ],
]

describe('in the environment: npm start refuses it before it starts anything', () => {
  test.each(environment)('%s', (_, variables, sentence) => {
    expect(() => startOptions({ json: false, data: '.warren' }, variables)).toThrow(new Error(sentence))
  })

  test('an empty variable counts as missing', () => {
    expect(startOptions({ json: false, data: '.warren' }, { PORT: '', AMQP_URL: ' ' })).toMatchObject({
      port: undefined,
      amqpUrl: undefined,
    })
  })
})

const ofProcess: readonly [string, Readonly<Record<string, string>>, string][] = [
  ['no broker', {}, 'payments: AMQP_URL is missing: it must be a URL such as amqp://user:password@host:5672/vhost'],
  [
    'no database',
    { AMQP_URL: 'amqp://payments:x@broker' },
    'payments: DATABASE_URL is missing, but handler.yaml sets database: true',
  ],
  [
    'no value for a variable that handler.yaml leaves empty',
    { AMQP_URL: 'amqp://payments:x@broker', DATABASE_URL: 'postgres://payments:x@server/payments' },
    'payments: BANK_KEY is missing: handler.yaml names it without a value',
  ],
]

describe('in the environment of a process: it ends at its start', () => {
  test.each(ofProcess)('%s', (_, variables, sentence) => {
    const manifest = parseManifest('payments', { database: true, env: { BANK_KEY: '' } })
    expect(() => readSettings(variables, manifest)).toThrow(sentence)
  })
})
