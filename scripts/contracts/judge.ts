import type { AnyContract } from 'warren'
import { changes } from './changes.ts'
import { entryOf, lockFile, textOf, type Lock } from './lock.ts'

/** How today's contracts compare with the released ones; one sentence each. */
export interface Judgement {
  /** Edits that messages which wait, or receivers with the released code, would not survive. */
  readonly breaking: readonly string[]
  /** Edits after which receivers are deployed before senders. */
  readonly wider: readonly string[]
  /** Types whose entry is missing or out of date. */
  readonly unlocked: readonly string[]
  /** A lock that equals today's contracts. */
  readonly next: Lock
}

export function judge(lock: Lock, contracts: ReadonlyMap<string, AnyContract>): Judgement {
  const breaking: string[] = []
  const wider: string[] = []
  const today = Object.fromEntries([...contracts].map(([type, contract]) => [type, entryOf(contract)]))
  for (const [type, released] of Object.entries(lock)) {
    const entry = today[type]
    if (!entry) {
      if (!released.retired)
        breaking.push(
          `${type} is gone, and messages of it may wait in queues; define it again, or, when none waits any more: npm run contracts -- --retire ${type}`,
        )
      continue
    }
    if (entry.kind !== released.kind)
      breaking.push(`${type} was of kind ${released.kind} and is of kind ${entry.kind} now: take another type`)
    const inReply = changes(released.reply ?? {}, entry.reply ?? {})
    for (const { severity, what } of [...changes(released.schema, entry.schema), ...inReply]) {
      if (severity === 'breaking') breaking.push(`${type}: ${what}, or define ${nextVersion(type)} beside it`)
      else wider.push(`${type}: ${what}: deploy its receivers before its senders`)
    }
  }
  // What cannot be accepted as it is gets its own sentence only.
  const refused = (type: string) => breaking.some((sentence) => sentence.split(/:? /)[0] === type)
  const unlocked = Object.entries(today)
    .filter(([type, entry]) => textOf({ [type]: entry }) !== textOf(type in lock ? { [type]: lock[type]! } : {}))
    .filter(([type]) => !refused(type))
    .map(([type]) => `${type} is not in ${lockFile} as it is now: npm run contracts -- --accept`)
  return { breaking, wider, unlocked, next: { ...lock, ...today } }
}

function nextVersion(type: string): string {
  return type.replace(/\d+$/, (version) => String(Number(version) + 1))
}
