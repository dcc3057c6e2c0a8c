import type { ConfirmChannel, Options } from 'amqplib'
import { header } from '#runtime/message/headers.ts'
import { limits } from '#runtime/message/limits.ts'
import { isMessageId } from '#runtime/message/validate.ts'
import { queueOfKey } from '#runtime/topology/index.ts'
import type { Manifest } from '#runtime/manifest/index.ts'
import { matches } from '../inspect/topic.ts'
import type { JournalRow } from '../journal/read.ts'

/** Messages that are published before their confirms are waited for. */
const window = 200

export interface Sent {
  readonly sent: number
  /** Those that no handler could handle: without a usable id, or with a body that is incomplete or no text. */
  readonly skipped: number
}

/** Whether a handler gets a message with this routing key, and the operator wants it replayed. */
export function isWanted({ handles, subscribes }: Manifest, { type, key }: JournalRow, keys: string): boolean {
  if (type === null || !matches(keys, key)) return false
  return (
    (handles.includes(type) && matches(`${type}.#`, key)) ||
    // The journal keeps no headers by which a notification is routed.
    subscribes.some((one) => !one.headers && one.type === type && matches(`${type}.${one.key}`, key))
  )
}

/**
 * Publishes records to the queue of one handler, under the ids that they had. Ended in the middle, it can be run again: what has arrived
 * is known by its id.
 *
 * @param progress called with the count after each window
 * @throws if the handler has no queue
 */
export async function sendRecords(
  channel: ConfirmChannel,
  manifest: Manifest,
  rows: AsyncIterable<JournalRow>,
  { keys, dryRun, progress }: { keys: string; dryRun: boolean; progress: (sent: number) => void },
): Promise<Sent> {
  let [sent, skipped, open] = [0, 0, 0]
  let returned = false
  channel.on('return', () => (returned = true))
  const settle = async () => {
    await channel.waitForConfirms()
    open = 0
    if (returned) throw new Error(`exchange redrive is bound to no queue of ${manifest.name}: deploy the handler first`)
    progress(sent)
  }
  for await (const row of rows) {
    if (!isWanted(manifest, row, keys)) continue
    if (!isMessageId(row.id) || row.encoding !== 'text' || row.bytes > limits.bodyBytes) {
      skipped++
      continue
    }
    sent++
    if (dryRun) continue
    channel.publish('redrive', queueOfKey(manifest, row.key), Buffer.from(row.body), propertiesOf(row))
    if (++open >= window) await settle()
  }
  if (!dryRun) await settle()
  return { sent, skipped }
}

function propertiesOf({
  id,
  type,
  correlation_id,
  app,
  content_type,
  priority,
  headers,
  ...row
}: JournalRow): Options.Publish {
  return {
    ...(id !== null && { messageId: id }),
    ...(type !== null && { type }),
    ...(correlation_id !== null && { correlationId: correlation_id }),
    ...(app !== null && { appId: app }),
    ...(content_type !== null && { contentType: content_type }),
    ...(priority !== null && { priority }),
    ...(row.published_at && { timestamp: Math.floor(row.published_at.getTime() / 1_000) }),
    headers: {
      ...headers,
      [header.originUser]: row.producer,
      [header.originKey]: row.key,
      [header.originExchange]: row.exchange,
    },
    mandatory: true,
    persistent: true,
  }
}
