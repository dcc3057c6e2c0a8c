import * as z from 'zod'
import { partitionWords } from '../partition.ts'
import { headerName, headerNameRule, takenHeaders } from '../notification.ts'
import { durationPattern, milliseconds } from '../duration.ts'

/** An event that a handler listens to; `key` narrows it to some of its routing keys, `#` takes all. */
export interface EventSubscription {
  readonly type: string
  readonly key: string
  /** Of a notification: the headers that it must have, besides its type. */
  readonly headers?: Readonly<Record<string, string | boolean>> | undefined
  /** Whether all of the headers must match, or one is enough; `all` by default. */
  readonly match?: 'all' | 'any' | undefined
}

/** The reasons of dead letters that time alone may heal. */
export const redriveReasons = ['exhausted', 'deferred-too-long', 'crashed-the-process', 'delivery_limit'] as const
export type RedriveReason = (typeof redriveReasons)[number]

/** A complete `handler.yaml`: the inputs and outputs of a handler, its retries and its scaling. Times are in milliseconds. */
export interface Manifest {
  /** The name of the handler's folder: also of its queue, its broker user and its database. */
  readonly name: string
  /** Commands that only this handler handles. */
  readonly handles: readonly string[]
  readonly subscribes: readonly EventSubscription[]
  /** Its queue gets a copy of every message that the system's handlers may get, and of every event. */
  readonly records?: 'all' | undefined
  /** It may be filled again from the journal although it emits, sends or calls: what it sends then has the ids that it had. */
  readonly rebuild: boolean
  /** Events that only this handler emits. */
  readonly emits: readonly string[]
  /** Commands that it sends to other handlers. */
  readonly sends: readonly string[]
  /** Questions that only this handler answers. */
  readonly answers: readonly string[]
  /** Questions that it asks other handlers. */
  readonly asks: readonly string[]
  /** Broadcasts that it, and no other handler, publishes. */
  readonly announces: readonly string[]
  /** Broadcasts that each of its processes hears. */
  readonly hears: readonly string[]
  /** Notifications that it sends. */
  readonly notifies: readonly string[]
  /** Calls in flight per replica. */
  readonly concurrency: number
  /** The time limit of one call. */
  readonly timeout: number
  readonly retry: {
    /** Attempts before a message goes to the dead letters, including the first. */
    readonly attempts: number
    /** Types whose messages are retried until they succeed. */
    readonly forever: readonly string[]
  }
  /** Which of its dead letters go back to it by themselves, and when. */
  readonly redrive?:
    { readonly every: number; readonly reasons: readonly RedriveReason[]; readonly times: number } | undefined
  readonly scale: {
    readonly min: number
    readonly max: number
    /** Messages per replica: the n-th one starts when more than (n - 1) × backlog are waiting or in hand. */
    readonly backlog: number
    /** Time from the last message to zero replicas. */
    readonly cooldown: number
  }
  readonly database: boolean
  /** One replica at a time consumes: messages of one key are handled in the order of their arrival. */
  readonly ordered: boolean
  /** As many queues, each with one consumer at a time: the order of a key is kept, and keys are spread over the queues. */
  readonly partitions?: number | undefined
  /** The port on which it answers HTTP. */
  readonly http?: number | undefined
  /** Accepts connections from outside the system. */
  readonly entrance?: { readonly nodePort?: number | undefined } | undefined
  readonly env: Readonly<Record<string, string>>
}

/**
 * Names of users and exchanges of the topology itself, because a permission cannot distinguish a queue from an exchange of the same
 * name, and names of the services beside the handlers in the cluster.
 */
export const reserved = [
  ...['guest', 'monitor', 'operator'],
  ...[
    'broadcast',
    'commands',
    'dead',
    'delay',
    'due',
    'events',
    'journal',
    'notify',
    'questions',
    'redrive',
    'replies',
    'unrouted',
  ],
  ...['grafana', 'mail', 'postgres', 'prometheus', 'rabbit', 'system'],
]

export const folderName = z
  .string()
  .regex(/^[a-z]([a-z0-9-]{0,38}[a-z0-9])?$/, 'must be up to 40 lower-case letters, digits and hyphens, a letter first')
  .refine((word) => !reserved.includes(word), `must be none of ${reserved.join(', ')}`)
  .refine(
    (word) => !word.endsWith('-scaler'),
    "must not end in -scaler: that names a role of another handler's database",
  )

const type = z
  .string('must be a message type such as payment.authorize.v1')
  .regex(
    /^(?<words>[a-z][a-z_]*(\.[a-z][a-z_]*)+)\.(?<version>v[1-9][0-9]*)$/,
    'must be a message type such as payment.authorize.v1',
  )
const types = z.array(type, 'must be a list of message types').default([])

const subscription = z.preprocess(
  (entry) => (typeof entry === 'string' ? { type: entry } : entry),
  z.strictObject(
    {
      type,
      key: z
        .string('must be words of a routing key such as us.*')
        .regex(
          /^(\*|#|[a-z0-9_-]+)(\.(\*|#|[a-z0-9_-]+))*$/,
          'must be lower-case words, * or #, with dots between, such as us.*',
        )
        .default('#'),
      headers: z
        .record(
          z
            .string()
            .regex(headerName, headerNameRule)
            .refine((name) => !takenHeaders.includes(name), headerNameRule),
          z.union([z.string(), z.boolean()], 'must be a string, true or false'),
          'must map names to strings, true or false',
        )
        .optional(),
      match: z.enum(['all', 'any'], 'must be all or any').optional(),
    },
    'must be a message type, a type and a key, or a type and headers',
  ),
)

const whole = (min: number, max: number) =>
  z.int('must be a whole number').min(min, `must be at least ${min}`).max(max, `must be at most ${max}`)

const duration = (min: number) =>
  z
    .string('must be a duration such as 30s')
    .regex(durationPattern, 'must be a duration such as 30s')
    .transform((text, context) => {
      const length = milliseconds(text)
      if (length >= min) return length
      context.addIssue(`must be at least ${min}ms`)
      return z.NEVER
    })

export const content = z.strictObject(
  {
    handles: types.describe('Commands that only this handler handles, such as payment.authorize.v1.'),
    subscribes: z
      .array(subscription, 'must be a list of message types')
      .default([])
      .describe(
        'Events that it listens to: a type, or { type, key } for some of its routing keys; and a notification: { type, headers, match }.',
      ),
    records: z
      .literal('all', 'must be all')
      .optional()
      .describe('all: it gets a copy of every command, event and notification, for a journal.'),
    rebuild: z
      .boolean('must be true or false')
      .default(false)
      .describe('Whether npm run replay may send to it or rebuild it although it emits, sends or calls.'),
    emits: types.describe('Events that only this handler emits.'),
    sends: types.describe('Commands that it sends to other handlers.'),
    answers: types.describe('Questions that only this handler answers, such as stock.check.v1.'),
    asks: types.describe('Questions that it asks other handlers.'),
    announces: types.describe('Broadcasts that only this handler publishes.'),
    hears: types.describe('Broadcasts that each of its processes hears, also one that starts later.'),
    notifies: types.describe('Notifications that it sends, which go to the handlers whose headers match.'),
    concurrency: whole(1, 1_000).default(20).describe('Calls in flight per replica.'),
    timeout: duration(1).prefault('30s').describe('The time limit of one call, such as 30s.'),
    retry: z
      .strictObject(
        {
          attempts: whole(1, 1_000)
            .default(6)
            .describe('Attempts before a message is a dead letter, the first included.'),
          forever: types.describe('Types whose messages are retried until they succeed.'),
        },
        'must hold attempts and forever',
      )
      .prefault({})
      .describe('What happens to a message whose handling fails.'),
    redrive: z
      .strictObject(
        {
          every: duration(60_000).describe('The time between two redrives: a part of an hour or of a day, such as 1h.'),
          reasons: z
            .array(z.enum(redriveReasons, `must be one of ${redriveReasons.join(', ')}`), 'must be a list of reasons')
            .min(1, 'must name a reason')
            .default(['exhausted'])
            .describe('Only dead letters with one of these reasons.'),
          times: whole(1, 1_000).default(3).describe('How often one of them goes back; then it rests.'),
        },
        'must hold every, reasons and times',
      )
      .optional()
      .describe('Which of its dead letters go back to it by themselves, and when.'),
    scale: z
      .strictObject(
        {
          min: whole(0, 1_000).default(0).describe('Replicas that always run.'),
          max: whole(1, 1_000).default(10).describe('Replicas at most.'),
          backlog: whole(1, 1_000_000).default(150).describe('Messages per replica, waiting or in hand.'),
          cooldown: duration(0).prefault('60s').describe('The time from the last message to zero replicas.'),
        },
        'must hold min, max, backlog and cooldown',
      )
      .prefault({})
      .describe('How many replicas run.'),
    database: z
      .boolean('must be true or false')
      .default(false)
      .describe('Whether it has a database of its own, with the tables of its folder migrations.'),
    ordered: z
      .boolean('must be true or false')
      .default(false)
      .describe('Whether messages of one key are handled in the order of their arrival, by one replica at a time.'),
    partitions: whole(2, partitionWords)
      .optional()
      .describe('The same order with as many queues, which up to so many replicas share.'),
    http: whole(1, 65_535).optional().describe('The port on which it answers HTTP.'),
    entrance: z
      .strictObject(
        {
          nodePort: whole(30_000, 32_767).optional().describe('The port of every node that leads to it.'),
        },
        'must hold nodePort, or nothing: {}',
      )
      .optional()
      .describe('Whether it accepts connections from outside the system too.'),
    env: z
      .record(
        z.string().regex(/^[A-Z][A-Z0-9_]*$/, 'must be named in capitals, digits and underscores'),
        z.string('must be a string: put it in quotes'),
        'must map names to strings',
      )
      .default({})
      .describe('Environment variables; one without a value gets it from the environment or from a Secret.'),
  },
  'must be keys and values, such as timeout: 30s',
)

/** The keys that a `handler.yaml` may have at this place; none where it has no keys, or any. */
export function keysAt(path: readonly PropertyKey[]): string[] {
  // A position in a list leads to no other schema: `bare` is already that of the entries.
  const keys = path.filter((step) => typeof step === 'string')
  const schema = keys.reduce<z.ZodType | undefined>(
    (outer, key) => (outer instanceof z.ZodObject ? bare(outer.shape[key]) : undefined),
    content,
  )
  return schema instanceof z.ZodObject ? Object.keys(schema.shape) : []
}

/** A schema without its default and its preparation; of a list, the schema of its entries. */
function bare(schema: unknown): z.ZodType | undefined {
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault || schema instanceof z.ZodOptional)
    return bare(schema.unwrap())
  if (schema instanceof z.ZodArray) return bare(schema.element)
  if (schema instanceof z.ZodPipe) return bare(schema.out)
  return schema instanceof z.ZodType ? schema : undefined
}
