import type { Delivery } from '../broker/consume-channel.ts'
import { header } from '../message/headers.ts'
import { envelopeOf } from '../message/envelope.ts'
import { historyOf } from '../message/history.ts'
import { traceparent } from '../message/trace.ts'
import { fingerprint } from '../message/validate.ts'
import type { Subscription } from '../on.ts'
import { afterCrashes } from './disposition.ts'
import type { WorkItem } from './work-item.ts'

/** A delivery as a work item of a handler that records everything: nothing about the message is checked. */
export function itemOfRecord(delivery: Delivery, subscription: Subscription): WorkItem {
  const { raw } = delivery
  const history = historyOf(raw)
  const bodyHash = fingerprint(raw)
  const envelope = envelopeOf(raw, history, bodyHash)
  const correlationId = envelope.correlationId ?? envelope.recordId
  const now = Date.now()
  return {
    source: { kind: 'delivery', delivery, history },
    id: envelope.recordId,
    bodyHash,
    traceparent: traceparent(correlationId),
    received: {
      id: envelope.recordId,
      type: envelope.type ?? '',
      correlationId,
      causationId: envelope.causationId,
      attempt: history.attempt,
      publishedAt: envelope.publishedAt ?? new Date(0),
      causeAttempts: 1,
    },
    subscription,
    data: envelope,
    arrivedAt: now,
    disposition: afterCrashes(raw.fields.redelivered, raw.properties.headers?.[header.deliveryCount], history),
  }
}
