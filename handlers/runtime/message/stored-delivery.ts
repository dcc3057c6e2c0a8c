import type { ConsumeMessage } from 'amqplib'
import { carriedHeaders, carriedProperties } from './carried.ts'

/** A delivery as text that PostgreSQL can store: of its envelope, what a copy would take along. */
export function storedForm({ fields, properties, content }: ConsumeMessage): string {
  const { exchange, routingKey } = fields
  return JSON.stringify({
    fields: { exchange, routingKey },
    properties: { ...carriedProperties(properties), headers: carriedHeaders(properties.headers) },
    body: content.toString('base64'),
  })
}

/** The delivery that was stored. */
export function fromStored(text: string): ConsumeMessage {
  const { fields, properties, body } = JSON.parse(text)
  return { fields: { ...fields, redelivered: false }, properties, content: Buffer.from(body, 'base64') }
}
