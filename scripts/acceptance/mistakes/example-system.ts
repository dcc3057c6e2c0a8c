import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'

/** A small system without a mistake: `orders` sends a command, and `payments` answers with an event. */
export const sound = {
  'handlers/contracts/index.ts': `export * from './payments.ts'
`,
  'handlers/contracts/payments.ts': `import * as z from 'zod'
import { command, event } from 'warren'

export const PlaceOrder = command('order.place.v1', { orderId: z.string() })
export const Pay = command('payment.pay.v1', { orderId: z.string(), amount: z.int() })
export const Paid = event('payment.paid.v1', { orderId: z.string(), amount: z.int() })
export const Refused = event('payment.refused.v1', { orderId: z.string(), reason: z.string() })
`,
  'handlers/orders/handler.yaml': `handles: [order.place.v1]
subscribes: [payment.paid.v1]
sends: [payment.pay.v1]
`,
  'handlers/orders/handler.ts': `import { Paid, Pay, PlaceOrder } from '#contracts'
import { handler, on } from 'warren'

export const subscriptions = () => [
  on(PlaceOrder, [Pay], ({ orderId }) => Pay({ orderId, amount: 100 })),
  on(Paid, () => {}),
]
export default handler({ subscriptions })
`,
  'handlers/payments/handler.yaml': `handles:
  - payment.pay.v1
emits: [payment.paid.v1]
timeout: 30s
database: true
env: { BANK_URL: 'http://bank:8080' }
`,
  'handlers/payments/handler.ts': `import { Paid, Pay } from '#contracts'
import { handler, on } from 'warren'

export const subscriptions = () => [
  on(Pay, [Paid], async ({ orderId, amount }, { db }) => {
    await db.query('insert into payments values ($1)', [orderId])
    return Paid({ orderId, amount })
  }),
]
export default handler({ subscriptions })
`,
  'handlers/payments/migrations/0001_payments.sql': `-- Up Migration

create table payments (order_id text primary key);
`,
} as const

type File = keyof typeof sound

/** How a file of the sound system is changed, or what another file contains; `undefined` removes it. */
export type Changes = Readonly<Record<string, string | undefined>>

/** A file of the sound system with one piece of its text replaced. */
export function edited(file: File, [from, to]: readonly [from: string | RegExp, to: string]): Changes {
  const text: string = sound[file]
  if (text.replace(from, to) === text) throw new Error(`${file} does not contain ${from}`)
  return { [file]: text.replace(from, to) }
}

/** Writes the system with a mistake into a temporary folder; `remove` deletes it. */
export function systemWith(changes: Changes): { root: string; remove: () => void } {
  const root = mkdtempSync(join(tmpdir(), 'warren-mistake-'))
  for (const [path, text] of Object.entries<string | undefined>({ ...sound, ...changes })) {
    if (text === undefined) continue
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  symlinkSync(resolve('node_modules'), join(root, 'node_modules'))
  return { root, remove: () => rmSync(root, { recursive: true }) }
}
