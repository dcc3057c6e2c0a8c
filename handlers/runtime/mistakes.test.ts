import { resolve } from 'node:path'
import ts from 'typescript'

/** What stands above each mistake. */
const contracts = `
import * as z from 'zod'
import { command, event, handler, on, onBatch, saga, Unavailable } from 'warren'

const Pay = command('payment.pay.v1', { orderId: z.string(), amount: z.int() })
const Paid = event('payment.paid.v1', { orderId: z.string(), amount: z.int() })
const Refused = event('payment.refused.v1', { orderId: z.string(), reason: z.string() })
const Refunded = event('payment.refunded.v1', { orderId: z.string(), amount: z.int() })
const Stranger = event('stranger.seen.v1', { name: z.string() })
const flow = saga(Pay, [Refunded], { name: 'refund', key: 'orderId' })
interface Bank { pay: (amount: number) => Promise<string> }
const payments = (bank: Bank) => [on(Pay, { call: ({ amount }) => bank.pay(amount) })]
`

/** A name, the mistake, and what the first line says about it. */
const mistakes: [string, string, RegExp][] = [
  [
    'a message that the list does not name',
    `on(Pay, [Paid], ({ orderId, amount }) => Refunded({ orderId, amount }))`,
    /is not assignable to parameter of type '"payment\.refunded\.v1 is returned, but not in the list of outputs" & /,
  ],
  [
    'a message that the list does not name, from a function of several lines beside a call',
    `on(Pay, [Paid], {
       call: async ({ amount }) => ({ approved: amount < 100 }),
       async apply({ orderId, amount }, { db, result }) {
         await db.query('select 1')
         if (!result.approved) return Refused({ orderId, reason: 'no' })
         return Paid({ orderId, amount })
       },
     })`,
    /is not assignable to parameter of type '"payment\.refused\.v1 is returned, but not in the list of outputs" & /,
  ],
  [
    'a message without any list',
    `on(Pay, async ({ orderId, amount }) => Paid({ orderId, amount }))`,
    /is not assignable to parameter of type '"payment\.paid\.v1 is returned, but not in the list of outputs" & /,
  ],
  [
    'a message that the list of a batch does not name',
    `onBatch(Pay, [Paid], async (items) => items.map(({ data }) => Refunded(data)))`,
    /is not assignable to parameter of type '"payment\.refunded\.v1 is returned, but not in the list of outputs" & /,
  ],
  [
    'a bare object in place of a message',
    `on(Pay, [Paid], ({ orderId, amount }) => ({ orderId, amount }))`,
    /is not assignable to parameter of type '"a handler returns messages: call a contract to make one" & /,
  ],
  [
    'a missing field',
    `Paid({ orderId: '1' })`,
    /^Argument of type '\{ orderId: string; \}' is not assignable to parameter of type '\{ orderId: string; amount: number; \}'\.$/,
  ],
  [
    'a misspelled field',
    `Paid({ orderId: '1', amout: 5 })`,
    /^Object literal may only specify known properties, but 'amout' does not exist in type .*\. Did you mean to write 'amount'\?$/,
  ],
  [
    'a field of a wrong type',
    `Paid({ orderId: '1', amount: '5' })`,
    /^Type 'string' is not assignable to type 'number'\.$/,
  ],
  [
    'a field that the message does not have',
    `on(Pay, ({ total }) => { void total })`,
    /^Property 'total' does not exist on type '\{ orderId: string; amount: number; \}'\.$/,
  ],
  [
    'a result without a call',
    `on(Pay, async (_, { db, result }) => { await db.query('select $1', [result]) })`,
    /^Property 'result' does not exist on type 'ContextWithoutCall'\.$/,
  ],
  [
    'a result that is used above the call that returns it',
    `on(Pay, {
       async apply(_, { result }) { result.toFixed() },
       call: ({ amount }) => Promise.resolve(amount),
     })`,
    /^Property 'result' does not exist on type 'ContextWithoutCall'\.$/,
  ],
  [
    'a field that the call does not return',
    `on(Pay, { call: async () => ({ approved: true }), async apply(_, { result }) { result.code } })`,
    /^Property 'code' does not exist on type '\{ approved: boolean; \}'\.$/,
  ],
  [
    'the database in a call',
    `on(Pay, { call: async (_, { db }) => { await db.query('select 1') } })`,
    /^Property 'db' does not exist on type 'CallContext'\.$/,
  ],
  [
    'a type without a version',
    `event('payment.paid', {})`,
    /^Argument of type '"payment\.paid"' is not assignable to parameter of type '`\$\{string\}\.\$\{string\}\.v\$\{number\}`'\.$/,
  ],
  [
    'ports of a wrong type',
    `handler({ subscriptions: payments, ports: () => ({ pay: async (amount: number) => amount }) })`,
    /^Type '\(amount: number\) => Promise<number>' is not assignable to type '\(amount: number\) => Promise<string>'\.$/,
  ],
  [
    'no ports for a handler that takes some',
    `handler({ subscriptions: payments })`,
    /^Argument of type '\{ subscriptions: .*' is not assignable to parameter of type 'PartsWithPorts<Bank>'\.$/,
  ],
  [
    'a variable that is read as a property',
    `handler({ subscriptions: payments, ports: ({ env }) => ({ pay: async () => env.BANK_URL }) })`,
    /^Property 'BANK_URL' does not exist on type '\(name: string\) => string'\.$/,
  ],
  [
    'a server that expects ports which the handler does not make',
    `handler({ subscriptions: () => [], serve: (bank: Bank) => () => { void bank.pay(1) } })`,
    /^Argument of type '\{ subscriptions: .*' is not assignable to parameter of type 'PartsWithPorts<Bank>'\.$/,
  ],
  [
    'Unavailable with its arguments swapped',
    `try { await Promise.reject(new Error('503')) } catch (error) { throw new Unavailable(error, 'bank') }`,
    /^Argument of type 'unknown' is not assignable to parameter of type 'string'\.$/,
  ],
  [
    'a saga that sends a command which its list does not name',
    `flow.step('pay', { send: ({ orderId }) => Paid({ orderId, amount: 1 }), done: Refused })`,
    /^Type 'Message<"payment\.paid\.v1", .*>' is not assignable to type 'Message<"payment\.refunded\.v1", .*>'\.$/,
  ],
  [
    'an answer without the key of its saga',
    `flow.step('pay', { send: (pay) => Refunded(pay), done: Stranger })`,
    /^Type 'Contract<"stranger\.seen\.v1", \{ name: string; \}>' is not assignable to type 'Holding<Record<"orderId", string>>'\.$/,
  ],
  [
    'two steps of one name',
    `flow.step('pay', { send: (pay) => Refunded(pay), done: Paid }).step('pay', { send: (pay) => Refunded(pay), done: Refused })`,
    /^Argument of type '"pay"' is not assignable to parameter of type '"two steps are named pay"'\.$/,
  ],
  [
    'a step that uses the answer of a later one',
    `flow
       .step('pay', { send: (pay, { check }) => Refunded({ ...pay, orderId: check.orderId }), done: Paid })
       .step('check', { send: (pay) => Refunded(pay), done: Refused })`,
    /^Property 'check' does not exist on type /,
  ],
]

const folder = resolve('handlers/example')
const files = new Map(
  mistakes.map(([, code], index) => [`${folder}/mistake-${index}.ts`, `${contracts}\n${code}\nexport {}\n`]),
)

/**
 * The first line of each error below the contracts: all mistakes are one program, because most of the time goes into the libraries.
 */
const firstLines = new Map<string, string[]>()

beforeAll(() => {
  const { config } = ts.readConfigFile('tsconfig.json', ts.sys.readFile) as { config: { compilerOptions: object } }
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, process.cwd())
  const libraries = { types: ['node'], noUnusedLocals: false, noUnusedParameters: false }
  const host = ts.createCompilerHost({ ...options, ...libraries })
  const { getSourceFile, fileExists, readFile } = host
  host.fileExists = (path) => files.has(path) || fileExists(path)
  host.readFile = (path) => files.get(path) ?? readFile(path)
  host.getSourceFile = (path, language, ...rest) =>
    files.has(path) ? ts.createSourceFile(path, files.get(path)!, language) : getSourceFile(path, language, ...rest)
  const program = ts.createProgram([...files.keys()], { ...options, ...libraries }, host)
  for (const path of files.keys()) {
    const errors = program.getSemanticDiagnostics(program.getSourceFile(path))
    firstLines.set(
      path,
      errors.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n').split('\n')[0]!),
    )
  }
}, 120_000)

test.each(mistakes.map(([name, , line], index) => [name, line, `${folder}/mistake-${index}.ts`] as const))(
  '%s does not compile, and the first line of the error names the mistake',
  (_, line, path) => {
    expect(firstLines.get(path)).toEqual([expect.stringMatching(line)])
  },
)
