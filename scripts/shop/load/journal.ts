import { closeSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import * as z from 'zod'
import { cases, type CaseName } from './cases.ts'

const caseName = z.enum(Object.keys(cases) as [CaseName, ...CaseName[]])
const request = z.int().min(1)
const line = z.strictObject({ sku: z.string(), quantity: z.int() })

/** One line of the driver's file. A request is written before it is sent, an answer as soon as it arrives. */
const entry = z.discriminatedUnion('is', [
  z.strictObject({
    is: z.literal('start'),
    at: z.iso.datetime(),
    gateway: z.string(),
    orders: z.int(),
    rate: z.number(),
    customers: z.array(z.string()),
    prices: z.record(z.string(), z.int()),
  }),
  z.strictObject({
    is: z.literal('order'),
    at: z.iso.datetime(),
    request,
    customer: z.string(),
    key: z.string(),
    case: caseName,
    lines: z.array(line),
  }),
  /** The same request under the same key: a retry, or a customer who presses the button twice. */
  z.strictObject({ is: z.literal('again'), at: z.iso.datetime(), request }),
  z.strictObject({ is: z.literal('cancel'), at: z.iso.datetime(), request, orderId: z.string() }),
  z.strictObject({
    is: z.literal('answer'),
    at: z.iso.datetime(),
    request,
    to: z.enum(['order', 'cancel']),
    /** Of HTTP, or why there was no answer. */
    status: z.union([z.int(), z.string()]),
    orderId: z.string().optional(),
    total: z.int().optional(),
    ms: z.number(),
  }),
  z.strictObject({ is: z.literal('end'), at: z.iso.datetime() }),
])

export type Entry = z.infer<typeof entry>
type WithoutTime<Kind> = Kind extends Entry ? Omit<Kind, 'at'> : never

export interface Journal {
  readonly path: string
  /** Written, though not synced to disk, when this returns: it survives the end of this process, and more is not tested. */
  write(entry: WithoutTime<Entry>): void
  close(): void
}

export function openJournal(path: string): Journal {
  mkdirSync(dirname(path), { recursive: true })
  const file = openSync(path, 'ax')
  return {
    path,
    write: (entry) => void writeSync(file, `${JSON.stringify({ ...entry, at: new Date().toISOString() })}\n`),
    close: () => closeSync(file),
  }
}

/** Reads a driver's file, whose last line may be incomplete if the driver was killed. Throws a sentence for any other file. */
export function readJournal(path: string): Entry[] {
  const lines = readFileSync(path, 'utf8').split('\n')
  lines.pop()
  return lines.map((line, index) => {
    try {
      return entry.parse(JSON.parse(line))
    } catch (cause) {
      throw new Error(`${path}:${index + 1} is not a line of a load's file`, { cause })
    }
  })
}
