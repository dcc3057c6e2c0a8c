import type { ConsumeMessage } from 'amqplib'
import { header } from './headers.ts'
import { count, shortText } from './header-values.ts'

/** The earlier deliveries of a message. Trusted only where no handler can write: after `due` and `redrive`. */
export interface History {
  readonly attempt: number
  readonly deferrals: number
  readonly crashes: number
  readonly user: string
  readonly key: string
  /** Empty if it came back without it. */
  readonly exchange: string
}

/** Counters of earlier deliveries, the producer's user and the first routing key: from headers that cannot be forged. */
export function historyOf({ fields, properties }: ConsumeMessage): History {
  const headers = properties.headers ?? {}
  const returned = fields.exchange === 'due' || fields.exchange === 'redrive'
  if (!returned) {
    return {
      attempt: 1,
      deferrals: 0,
      crashes: 0,
      user: properties.userId ?? '',
      key: fields.routingKey,
      exchange: fields.exchange,
    }
  }
  return {
    attempt: count(headers[header.attempt], 1),
    deferrals: count(headers[header.deferrals], 0),
    crashes: count(headers[header.crashes], 0),
    user: shortText(headers[header.originUser]) ?? '',
    key: shortText(headers[header.originKey]) ?? '',
    exchange: shortText(headers[header.originExchange]) ?? '',
  }
}
