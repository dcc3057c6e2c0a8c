import { clientOf } from '#runtime/database/client.ts'
import { logIn } from '#runtime/broker/login.ts'
import type { Manifest } from '#runtime/manifest/index.ts'
import { inboxRetentionDays } from '#runtime/manifest/limits.ts'
import { queueNames } from '#runtime/topology/index.ts'
import type { Subscription } from 'warren'
import { readQueues, totalsOf } from '../inspect/queues.ts'
import { managementOf, type System } from '../inspect/system.ts'
import { quiet } from '#runtime/redrive/peek.ts'
import { journalOf, recordsBetween } from '../journal/read.ts'
import { emptyProjection } from './empty-projection.ts'
import { refusals } from './refusals.ts'
import type { ReplayRequest } from './replay-command.ts'
import { sendRecords } from './send-records.ts'

interface Desk {
  readonly system: System
  readonly manifests: readonly Manifest[]
  /** The subscriptions in the code of a handler. */
  readonly subscriptionsOf: (manifest: Manifest) => Promise<readonly Subscription[]>
  readonly print: (line: string) => void
  readonly complain: (line: string) => void
  /** Milliseconds to wait until the journal has recorded what was published before a rebuild. */
  readonly patience?: number
}

const day = 86_400_000

/** @returns false when the journal still lagged behind, so that holes may be left */
export async function runReplay(request: ReplayRequest, desk: Desk): Promise<boolean> {
  const { system, manifests, print, complain } = desk
  const { to, rebuild, dryRun, key, json } = request
  const target = manifests.find(({ name }) => name === to)
  if (!target)
    throw new Error(
      `--to must name a handler: ${manifests.map(({ name }) => name).join(', ')} (got ${to ?? 'nothing'})`,
    )
  const now = Date.now()
  const ago = request.since ?? (rebuild ? now : inboxRetentionDays * day - 60_000)
  const since = new Date(now - ago)
  const { keeper, url } = journalOf(manifests, system)
  const wrong = refusals(target, await desk.subscriptionsOf(target), { since, rebuild })
  if (wrong.length > 0) throw new Error(wrong.join('\n'))
  const database = system.handlers[target.name]?.databaseUrl
  if (rebuild && database === undefined) throw new Error(`the database of ${target.name} is not within reach`)

  const journal = clientOf(url, { connectionTimeoutMillis: 5_000 })
  journal.on('error', () => undefined)
  await journal.connect()
  const connection = await logIn(system.amqpUrl)
  connection.on('error', () => undefined)
  try {
    if (rebuild && !dryRun && database !== undefined) {
      const tables = await emptyProjection(database)
      complain(`emptied: ${['inbox', ...tables].join(', ')}`)
    }
    const complete = dryRun || (await caughtUp(system, keeper, desk.patience ?? 60_000))
    const { rows } = await journal.query<{ now: Date }>('select now()')
    const until = request.until === undefined ? (rows[0]?.now ?? new Date()) : new Date(now - request.until)
    const types = [...target.handles, ...target.subscribes.map(({ type }) => type)]
    const channel = quiet(await connection.createConfirmChannel())
    const done = await sendRecords(channel, target, recordsBetween(journal, { types, since, until }), {
      keys: key,
      dryRun,
      progress(sent) {
        if (sent % 10_000 === 0 && sent > 0) complain(`${sent} sent`)
      },
    })
    await channel.close()
    if (json) print(JSON.stringify({ to: target.name, ...done, dryRun, complete }))
    else
      print(
        `${done.sent} ${dryRun ? 'would be sent' : 'sent'} to ${target.name}${done.skipped > 0 ? `, ${done.skipped} skipped: no handler could handle them` : ''}.`,
      )
    if (!complete)
      complain(`${keeper.name} has not recorded everything yet: run the replay again, without --rebuild, to fill holes`)
    return complete
  } finally {
    await connection.close()
    await journal.end()
  }
}

/** Whether the queue of the journal has been empty once: everything that was published before is recorded. */
async function caughtUp(system: System, keeper: Manifest, patience: number): Promise<boolean> {
  const end = Date.now() + patience
  for (;;) {
    const totals = totalsOf(await readQueues(managementOf(system)), queueNames(keeper, 'work'))
    if (totals && totals.ready + totals.unacknowledged === 0) return true
    if (Date.now() >= end) return false
    await new Promise((resolve) => setTimeout(resolve, 250))
  }
}
