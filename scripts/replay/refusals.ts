import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Subscription } from 'warren'
import type { Manifest } from '#runtime/manifest/index.ts'
import { inboxRetentionDays } from '#runtime/manifest/limits.ts'

/** What a replay was asked for. */
export interface Wanted {
  readonly since: Date
  readonly rebuild: boolean
}

/**
 * Why a handler must not get a replay, one sentence each.
 *
 * @param subscriptions of the handler's code
 */
export function refusals(
  manifest: Manifest,
  subscriptions: readonly Subscription[],
  { since, rebuild }: Wanted,
  root = process.cwd(),
): string[] {
  const { name, database, records, emits, sends } = manifest
  const yaml = `handlers/${name}/handler.yaml`
  if (records !== undefined) return [`${name} keeps the journal, and cannot be filled from itself`]
  if (!database) return [`${yaml}: database is not true, so ${name} does not know which messages it has handled`]
  const calls = subscriptions.some(({ call }) => call !== undefined)
  if (!rebuild) {
    // A call runs before the inbox is asked, and what it did long ago a remote may no longer recognize.
    if (calls && !manifest.rebuild)
      return [
        `${name} calls: it would do so again for each replayed message, known or not. If that is harmless, write rebuild: true in ${yaml}`,
      ]
    const days = (Date.now() - since.getTime()) / 86_400_000
    if (days <= inboxRetentionDays) return []
    return [
      `an inbox remembers a message for ${inboxRetentionDays} days, so the effect of an older one could happen twice: replay from --since ${inboxRetentionDays}d at most, or with --rebuild`,
    ]
  }
  const acts = [
    ...(emits.length > 0 ? ['emits'] : []),
    ...(sends.length > 0 ? ['sends'] : []),
    ...(calls ? ['calls'] : []),
  ]
  const migrations = join(root, 'handlers', name, 'migrations')
  const seeding = existsSync(migrations)
    ? readdirSync(migrations).filter((file) => /\binsert\s+into\b/i.test(readFileSync(join(migrations, file), 'utf8')))
    : []
  return [
    ...(acts.length > 0 && !manifest.rebuild
      ? [
          `${name} ${acts.join(', ')}: it would do so again for each replayed message. If that is harmless, write rebuild: true in ${yaml}`,
        ]
      : []),
    ...(manifest.subscribes.some(({ headers }) => headers)
      ? [`${name} subscribes to a notification, which a replay leaves out`]
      : []),
    ...(subscriptions.some(({ batch }) => batch?.check)
      ? [`${name} follows a saga, whose messages and deadlines a replay cannot bring back in their order`]
      : []),
    ...seeding.map(
      (file) =>
        `handlers/${name}/migrations/${file} inserts rows, which a rebuild would delete and a replay would not bring back`,
    ),
  ]
}
