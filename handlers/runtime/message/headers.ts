/** The names of all message headers that Warren writes or reads. */
export const header = {
  /** Attempts so far, this one included. */
  attempt: 'x-attempt',
  /** How often the message arrived too early. */
  deferrals: 'x-deferrals',
  /** How often the message was set aside because processes that held it ended. */
  crashes: 'x-crashes',
  /** Why the last attempt failed, and when: an ISO time. */
  lastError: 'x-last-error',
  lastErrorAt: 'x-last-error-at',
  /** The broker user who published the message first. */
  originUser: 'x-origin-user',
  /** The routing key with which the message was published first. */
  originKey: 'x-origin-key',
  /** The exchange to which the message was published first. */
  originExchange: 'x-origin-exchange',
  causationId: 'x-causation-id',
  /** Milliseconds since 1970; AMQP's own timestamp counts seconds. */
  publishedAt: 'x-published-at',
  /** Attempts that the causing message took. */
  causeAttempts: 'x-cause-attempts',
  /** How often the message was redriven, and how often of these by a schedule. */
  redrives: 'x-redrives',
  scheduledRedrives: 'x-scheduled-redrives',
  traceparent: 'traceparent',
  deadReason: 'x-dead-reason',
  deadError: 'x-dead-error',
  deadStack: 'x-dead-stack',
  deadHandler: 'x-dead-handler',
  deadVersion: 'x-dead-version',
  deadAt: 'x-dead-at',
  deadAttempts: 'x-dead-attempts',
  /** Written by RabbitMQ: deliveries of this message that were never settled. */
  deliveryCount: 'x-delivery-count',
} as const

/** Headers that a message keeps through retries, dead letters and redrives. */
export const carriedOn = [
  header.originExchange,
  header.causationId,
  header.publishedAt,
  header.causeAttempts,
  header.redrives,
  header.scheduledRedrives,
  header.traceparent,
] as const
