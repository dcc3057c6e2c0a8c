import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as z from 'zod'
import { addressOf } from '#runtime/settings/address.ts'
import type { Management } from './queues.ts'

const url = (...schemes: string[]) => z.url({ protocol: new RegExp(`^(${schemes.join('|')})$`) })

const schema = z.strictObject({
  gatewayUrl: url('http', 'https'),
  /** The key with which the gateway verifies bearer tokens (HS256). */
  authSecret: z.string().min(1),
  /** With the operator's user and password, and the virtual host. */
  amqpUrl: url('amqp', 'amqps'),
  /** Without user and password: `amqpUrl` has them. */
  managementUrl: url('http', 'https'),
  /** The URL of each handler's database. */
  databases: z.record(z.string(), url('postgres', 'postgresql')),
  bankUrl: url('http', 'https').optional(),
  /** The folder to which the mail sink writes its `.eml` files, or the URL at which it serves them. */
  mails: z.string().min(1).optional(),
})

/**
 * The addresses of a running shop. `npm start` and `npm run connect` write them for the commands that inspect the shop. In production
 * the bank and the mail sink do not exist, and the databases are not reachable.
 */
export type ReachableShop = z.infer<typeof schema>

/** A shop with a reachable bank, mail sink and databases. */
export type Shop = ReachableShop & { bankUrl: string; mails: string }

const path = (folder: string) => join(folder, 'shop.json')

/** Writes `<folder>/shop.json` atomically. Only its owner can read it, because it contains passwords. */
export function writeShop(shop: ReachableShop, folder = '.warren'): void {
  mkdirSync(folder, { recursive: true })
  const draft = `${path(folder)}.${process.pid}`
  writeFileSync(draft, `${JSON.stringify(schema.parse(shop), null, 2)}\n`, { mode: 0o600 })
  renameSync(draft, path(folder))
}

/**
 * Reads `<folder>/shop.json`.
 *
 * @throws an error that names the file and the remedy if no shop is running or the file is invalid
 */
export function readShop(folder = '.warren'): ReachableShop {
  const shop = findShop(folder)
  if (shop) return shop
  throw new Error(`${path(folder)} is missing: start the shop with \`npm start\` and keep it running`)
}

/**
 * Reads `<folder>/shop.json`; undefined if no shop is running.
 *
 * @throws an error that names the file and the remedy if it is invalid
 */
export function findShop(folder: string): ReachableShop | undefined {
  let text: string
  try {
    text = readFileSync(path(folder), 'utf8')
  } catch {
    return undefined
  }
  try {
    return schema.parse(JSON.parse(text))
  } catch (cause) {
    const why = cause instanceof z.ZodError ? z.prettifyError(cause).replaceAll('\n', ' ') : String(cause)
    throw new Error(`${path(folder)} is invalid: ${why}. Start the shop again with \`npm start\``, { cause })
  }
}

/** Narrows a shop to one with all parts. @throws an error that names the missing parts */
export function wholeShop(shop: ReachableShop): Shop {
  const { bankUrl, mails, databases } = shop
  if (bankUrl !== undefined && mails !== undefined && Object.keys(databases).length > 0)
    return { ...shop, bankUrl, mails }
  const parts = { bank: bankUrl, 'mail sink': mails, 'database server': Object.keys(databases)[0] }
  const missing = Object.entries(parts).flatMap(([part, place]) => (place === undefined ? [part] : []))
  throw new Error(`the shop has no ${missing.join(', no ')} of its own, so its books cannot be compared`)
}

/** The management API of the shop's broker, with the credentials of `amqpUrl`. */
export function managementOfShop({ amqpUrl, managementUrl }: ReachableShop): Management {
  const { user, password, path } = addressOf(amqpUrl)
  return { url: managementUrl, user, password, vhost: path || '/' }
}

/** Removes `<folder>/shop.json`, so that no command connects to a shop that has stopped. */
export function forgetShop(folder = '.warren'): void {
  rmSync(path(folder), { force: true })
}
