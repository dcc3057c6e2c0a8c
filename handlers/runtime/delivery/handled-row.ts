import type { HandledRow } from '../database/inbox.ts'
import { header } from '../message/headers.ts'
import type { Outputs } from '../message/outgoing.ts'
import { isMessageId } from '../message/validate.ts'
import type { WorkItem } from './work-item.ts'

/** Characters of the longest text that is stored of an envelope or a field. */
const longest = 255

/** The inbox row of a handled item. Of its envelope, which any producer may have written, it keeps what PostgreSQL can store. */
export function handledRow(item: WorkItem, id: string, outputs: Outputs, stored: string | null): HandledRow {
  const { received, source, bodyHash } = item
  const cause = source.kind === 'timer' ? source.message.headers[header.causationId] : received.causationId
  const causeId = isMessageId(cause) ? cause : null
  return {
    id,
    body_hash: bodyHash,
    outputs: stored,
    type: received.type,
    correlation_id: storable(received.correlationId),
    cause_id: causeId,
    subject: causeId === null || item.subscription?.subject !== undefined ? subjectOf(item, outputs) : null,
    attempt: Math.min(received.attempt, 32_767),
    sent: outputs.sent.length === 0 ? null : JSON.stringify(outputs.sent),
  }
}

/** A submission has no data of its own: it is about what its first message is about. */
function subjectOf({ source, data, subscription }: WorkItem, { publish, timers }: Outputs): string | null {
  const first = source.kind === 'submission' ? (publish[0] ?? timers[0]?.message) : undefined
  const fields = (first ? JSON.parse(first.body) : data) as Record<string, unknown> | null | undefined
  if (typeof fields !== 'object' || fields === null) return null
  const name = subscription?.subject ?? Object.keys(fields).find((each) => idName.test(each))
  return name === undefined ? null : storable(fields[name])
}

const idName = /^id$|Id$|_id$/

function storable(value: unknown): string | null {
  return typeof value === 'string' && value.length <= longest && !value.includes('\0') && value.isWellFormed()
    ? value
    : null
}
