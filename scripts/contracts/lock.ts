import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import type { AnyContract } from 'warren'
import * as z from 'zod'

/** From the root of the system. */
export const lockFile = 'handlers/contracts/contracts.lock.json'

const entry = z.strictObject({
  kind: z.string(),
  /** No message of it waits anywhere any more, and no contract defines it. */
  retired: z.literal(true).optional(),
  schema: z.record(z.string(), z.unknown()),
  /** Of what answers a question. */
  reply: z.record(z.string(), z.unknown()).optional(),
})

/** What is kept of a released message type: the JSON Schema of what a receiver accepts. */
export type Entry = z.infer<typeof entry>

/** Every message type that was ever released. */
export type Lock = Readonly<Record<string, Entry>>

/**
 * What was released; `undefined` in a system that never released anything.
 *
 * @throws a sentence when the file is no lock
 */
export function readLock(file = lockFile): Lock | undefined {
  if (!existsSync(file)) return undefined
  try {
    return z.record(z.string(), entry).parse(JSON.parse(readFileSync(file, 'utf8')))
  } catch (cause) {
    throw new Error(`${file} cannot be read: take it from version control again`, { cause })
  }
}

export function writeLock(lock: Lock, file = lockFile): void {
  writeFileSync(file, textOf(lock))
}

/** Sorted, so that two branches that add a message rarely touch the same line. */
export function textOf(lock: Lock): string {
  return `${JSON.stringify(sorted(lock), undefined, 2)}\n`
}

export function entryOf(contract: AnyContract): Entry {
  const { kind, schema } = contract
  const reply = 'reply' in contract && contract.reply instanceof z.ZodType ? { reply: accepted(contract.reply) } : {}
  return { kind, schema: accepted(schema), ...reply }
}

function accepted(schema: z.ZodType): Record<string, unknown> {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' })
  return rest
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1))
  return Object.fromEntries(entries.map(([key, inner]) => [key, sorted(inner)]))
}
