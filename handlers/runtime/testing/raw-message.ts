import { randomUUID } from 'node:crypto'
import type { ConsumeMessage } from 'amqplib'

/** A delivery as amqplib hands it over: a good one of `job.do.v1`, apart from what is asked for. */
export function rawMessage(
  body: string | Buffer,
  properties: Readonly<Record<string, unknown>> = {},
  fields: Partial<ConsumeMessage['fields']> = {},
): ConsumeMessage {
  return {
    content: Buffer.from(body),
    fields: {
      consumerTag: 'tag',
      deliveryTag: 1,
      redelivered: false,
      exchange: 'commands',
      routingKey: 'job.do.v1',
      ...fields,
    },
    properties: {
      messageId: randomUUID(),
      type: 'job.do.v1',
      contentType: 'application/json',
      userId: 'orders',
      ...properties,
    } as unknown as ConsumeMessage['properties'],
  }
}
