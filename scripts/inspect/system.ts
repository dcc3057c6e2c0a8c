import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as z from 'zod'
import { addressOf } from '#runtime/settings/address.ts'
import type { Management } from './queues.ts'

const url = (...schemes: string[]) => z.url({ protocol: new RegExp(`^(${schemes.join('|')})$`) })

const handler = z.strictObject({
  /** Where it answers HTTP, if it does. */
  url: url('http', 'https').optional(),
  databaseUrl: url('postgres', 'postgresql').optional(),
  /** The variables whose values `handler.yaml` leaves empty. */
  secrets: z.record(z.string(), z.string()),
})

const schema = z.strictObject({
  /** With the operator's user and password, and the virtual host. */
  amqpUrl: url('amqp', 'amqps'),
  /** Without user and password: `amqpUrl` has them. */
  managementUrl: url('http', 'https'),
  handlers: z.record(z.string(), handler),
  /** The folder to which the mail sink writes its `.eml` files, or the URL at which it serves them. */
  mails: z.string().min(1).optional(),
})

/**
 * The addresses of a running system. `npm start` and `npm run connect` write them for the commands that inspect it. In a cluster,
 * a part that does not exist or cannot be reached is missing.
 */
export type System = z.infer<typeof schema>

/** How one handler of a running system is reached. */
export type ReachableHandler = z.infer<typeof handler>

const path = (folder: string) => join(folder, 'system.json')

/** Writes `<folder>/system.json` atomically. Only its owner can read it, because it contains passwords. */
export function writeSystem(system: System, folder = '.warren'): void {
  mkdirSync(folder, { recursive: true })
  const draft = `${path(folder)}.${process.pid}`
  writeFileSync(draft, `${JSON.stringify(schema.parse(system), null, 2)}\n`, { mode: 0o600 })
  renameSync(draft, path(folder))
}

/**
 * Reads `<folder>/system.json`.
 *
 * @throws an error that names the file and the remedy if no system is running or the file is invalid
 */
export function readSystem(folder = '.warren'): System {
  const system = findSystem(folder)
  if (system) return system
  throw new Error(`${path(folder)} is missing: start the system with \`npm start\` and keep it running`)
}

/**
 * Reads `<folder>/system.json`; undefined if no system is running.
 *
 * @throws an error that names the file and the remedy if it is invalid
 */
export function findSystem(folder: string): System | undefined {
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
    throw new Error(`${path(folder)} is invalid: ${why}. Start the system again with \`npm start\``, { cause })
  }
}

/** Removes `<folder>/system.json`, so that no command connects to a system that has stopped. */
export function forgetSystem(folder = '.warren'): void {
  rmSync(path(folder), { force: true })
}

/** The management API of a system's broker, with the credentials of `amqpUrl`. */
export function managementOf({ amqpUrl, managementUrl }: Pick<System, 'amqpUrl' | 'managementUrl'>): Management {
  const { user, password, path } = addressOf(amqpUrl)
  return { url: managementUrl, user, password, vhost: path || '/' }
}

/** The URL of the database of each handler that has one within reach. */
export function databasesOf({ handlers }: System): Record<string, string> {
  const entries = Object.entries(handlers).flatMap(([name, { databaseUrl }]) =>
    databaseUrl === undefined ? [] : [[name, databaseUrl] as const],
  )
  return Object.fromEntries(entries)
}
