import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as z from 'zod'
import type { Management } from './queues.ts'

const url = (...schemes: string[]) => z.url({ protocol: new RegExp(`^(${schemes.join('|')})$`) })

const schema = z.strictObject({
  gatewayUrl: url('http', 'https'),
  /** What the gateway signs and checks bearer tokens with (HS256). */
  authSecret: z.string().min(1),
  /** The operator's user and password and the virtual host in one URL. */
  amqpUrl: url('amqp', 'amqps'),
  /** Without user and password: they are the operator's, in `amqpUrl`. */
  managementUrl: url('http', 'https'),
  /** By handler. */
  databases: z.record(z.string(), url('postgres', 'postgresql')),
  bankUrl: url('http', 'https').optional(),
  /** Where the mails are: the folder in which the mail sink leaves its `.eml` files, or the URL at which it shows them. */
  mails: z.string().min(1).optional(),
})

/**
 * Where the parts of a running shop are that can be reached: written by `npm start` and `npm run connect`, read by the commands that look
 * at it from outside. In production there is no bank and no mail sink, and databases are elsewhere.
 */
export type ReachableShop = z.infer<typeof schema>

/** A shop all of whose parts can be reached. */
export type Shop = ReachableShop & { bankUrl: string; mails: string }

const path = (folder: string) => join(folder, 'shop.json')

/** Writes `<folder>/shop.json`, whole or not at all, readable by its owner only: it holds passwords. */
export function writeShop(shop: ReachableShop, folder = '.warren'): void {
  mkdirSync(folder, { recursive: true })
  const draft = `${path(folder)}.${process.pid}`
  writeFileSync(draft, `${JSON.stringify(schema.parse(shop), null, 2)}\n`, { mode: 0o600 })
  renameSync(draft, path(folder))
}

/** Reads `<folder>/shop.json`. Throws a sentence when no shop is running or the file is not one of ours. */
export function readShop(folder = '.warren'): ReachableShop {
  let text: string
  try {
    text = readFileSync(path(folder), 'utf8')
  } catch {
    throw new Error(`${path(folder)} is missing: start the shop with \`npm start\` and keep it running`)
  }
  try {
    return schema.parse(JSON.parse(text))
  } catch (cause) {
    const why = cause instanceof z.ZodError ? z.prettifyError(cause).replaceAll('\n', ' ') : String(cause)
    throw new Error(`${path(folder)} is not a shop's state: ${why}. Start the shop again with \`npm start\``, { cause })
  }
}

/** The same shop, when nothing is out of reach; a sentence that says what is, when something is. */
export function wholeShop(shop: ReachableShop): Shop {
  const { bankUrl, mails, databases } = shop
  if (bankUrl !== undefined && mails !== undefined && Object.keys(databases).length > 0)
    return { ...shop, bankUrl, mails }
  const parts = { bank: bankUrl, 'mail sink': mails, 'database server': Object.keys(databases)[0] }
  const missing = Object.entries(parts).flatMap(([part, place]) => (place === undefined ? [part] : []))
  throw new Error(`the shop has no ${missing.join(', no ')} of its own, so its books cannot be compared`)
}

/** The management API of the shop's broker, asked as the operator whom `amqpUrl` names. */
export function managementOfShop({ amqpUrl, managementUrl }: ReachableShop): Management {
  const { username, password, pathname } = new URL(amqpUrl)
  return {
    url: managementUrl,
    user: decodeURIComponent(username),
    password: decodeURIComponent(password),
    vhost: decodeURIComponent(pathname.slice(1)) || '/',
  }
}

/** Removes `<folder>/shop.json`, so that no command looks for a shop that has ended. */
export function forgetShop(folder = '.warren'): void {
  rmSync(path(folder), { force: true })
}
