import * as z from 'zod'
import { checkedHeaders, type RoutingHeaders } from './notification.ts'
import { partitionWord } from './partition.ts'
import { checkedPriority } from './priority.ts'
import { wrongField } from './wrong-field.ts'

/**
 * A command is an order to one handler; an event is a fact for all its subscribers; a timer comes back to the handler that set it; a
 * question is answered by one handler at once; a broadcast is a fact for every process of the handlers that hear it; a notification goes
 * to the subscribers that its headers match.
 */
export type Kind = 'command' | 'event' | 'timer' | 'question' | 'broadcast' | 'notification'

// `out`: Message and Contract name each other, and without the word TypeScript may give up on telling their types apart.
/** The data of one message, and the contract that it keeps. */
export interface Message<out Type extends string = string, Data = any> {
  readonly contract: Contract<Type, Data>
  readonly data: Data
}

/**
 * The one definition of a message: call it to make one, hand it to `on()` to handle one.
 * Calling it validates: data that breaks the schema throws here, not at a consumer far away.
 */
export interface Contract<out Type extends string = string, Data = unknown> {
  (data: Data): Message<Type, Data>
  readonly kind: Kind
  /** `noun.verb.vN`: also the first words of the routing key. */
  readonly type: Type
  readonly schema: z.ZodType<Data>
  /** Words behind the type in the routing key, so that a subscription can be narrowed: `order.created.v1.us.vip`. */
  readonly words: (data: Data) => string[]
  /** The key within which an ordered handler keeps the order, such as a product's. Its word `p00` to `p63` ends the routing key. */
  readonly partitionBy?: ((data: Data) => string) | undefined
  /** From 0 to 31: higher ones overtake in a queue. Without one, a message has that of the message that led to it. */
  readonly priority?: ((data: Data) => number | undefined) | undefined
  /** The version before it, and the function that makes its data of that version's. */
  readonly upcasts?: readonly [from: AnyContract, upcast: (data: any) => unknown] | undefined
  /** Of a notification: the headers by which it is routed. */
  readonly headers?: ((data: Data) => RoutingHeaders) | undefined
}

export type AnyContract = Contract<string, any>

/** The data that messages of a contract carry. */
export type DataOf<C extends AnyContract> = Parameters<C>[0]

/** The messages that a contract makes. */
export type MessageOf<C extends AnyContract> = ReturnType<C>

interface ContractOptions<Shape extends z.ZodRawShape, Earlier = never> {
  /** Words behind the type in the routing key. */
  words?: (data: z.output<z.ZodObject<Shape>>) => string[]
  /** The key whose messages an ordered handler handles in turn. Another key for the same data is a new type. */
  partitionBy?: (data: z.output<z.ZodObject<Shape>>) => string
  /** Which messages overtake others in a queue: 0 to 31; `undefined` inherits that of the message that led to it, else 4. */
  priority?: (data: z.output<z.ZodObject<Shape>>) => number | undefined
  /**
   * The version before this one, and a pure function that makes this version's data of it. A handler of this version gets messages of the
   * earlier one too, and sees only this one.
   */
  upcasts?: readonly [from: Contract<string, Earlier>, upcast: (earlier: Earlier) => z.input<z.ZodObject<Shape>>]
}

type TypeName = `${string}.${string}.v${number}`

const typePattern = /^[a-z][a-z_]*(\.[a-z][a-z_]*)+\.v[1-9][0-9]*$/

/**
 * Defines a command: exactly one handler obeys it. Named in the imperative (`AuthorizePayment`).
 *
 * A breaking change is a new type beside the old one (`payment.authorize.v2`) that `upcasts` it, never an edit.
 */
export function command<Type extends TypeName, Shape extends z.ZodRawShape, Earlier = never>(
  type: Type,
  shape: Shape,
  options: ContractOptions<Shape, Earlier> = {},
) {
  return contract('command', type, shape, options)
}

/**
 * Defines an event: a fact, in the past tense (`PaymentAuthorized`). A refusal (`PaymentDeclined`) is an event, never an exception.
 */
export function event<Type extends TypeName, Shape extends z.ZodRawShape, Earlier = never>(
  type: Type,
  shape: Shape,
  options: ContractOptions<Shape, Earlier> = {},
) {
  return contract('event', type, shape, options)
}

/**
 * Defines a broadcast: a fact that every process of its hearers learns, also one that starts later. Heard with `onBroadcast`.
 */
export function broadcast<Type extends TypeName, Shape extends z.ZodRawShape>(type: Type, shape: Shape) {
  return contract('broadcast', type, shape)
}

/** Defines a timer: a message of a handler to itself, for later. It never leaves the handler's database. */
export function timer<Type extends TypeName, Shape extends z.ZodRawShape>(type: Type, shape: Shape) {
  return contract('timer', type, shape)
}

/** The contract of a question's request: see `question`. */
export function questionContract<Type extends TypeName, Shape extends z.ZodRawShape>(type: Type, shape: Shape) {
  return contract('question', type, shape)
}

/**
 * Defines a notification: it goes to the subscribers whose `headers` in `handler.yaml` match its own, whatever its routing key.
 *
 * @example
 * notification('customer.notify.v1', { channel, urgent, text }, { headers: ({ channel, urgent }) => ({ channel, urgent }) })
 */
export function notification<Type extends TypeName, Shape extends z.ZodRawShape>(
  type: Type,
  shape: Shape,
  {
    headers,
    ...options
  }: Pick<ContractOptions<Shape>, 'priority'> & {
    /** By which it is routed. */
    headers: (data: z.output<z.ZodObject<Shape>>) => RoutingHeaders
  },
) {
  const self = contract('notification', type, shape, options)
  return Object.assign(self, { headers: checkedHeaders(type, headers) })
}

function contract<Type extends TypeName, Shape extends z.ZodRawShape, Earlier>(
  kind: Kind,
  type: Type,
  shape: Shape,
  { words = () => [], partitionBy, priority, upcasts }: ContractOptions<Shape, Earlier> = {},
): Contract<Type, z.output<z.ZodObject<Shape>>> {
  if (!typePattern.test(type)) {
    throw new TypeError(`${type}: a message type is lower-case words and a version, such as payment.authorize.v1`)
  }
  if (partitionBy && priority) {
    throw new TypeError(`${type}: partitionBy keeps an order that priority would break: leave one of them out`)
  }
  if (upcasts && !isEarlier(upcasts[0], kind, type)) {
    throw new TypeError(`${type}: an upcast comes from an earlier version of the same ${kind} (got ${upcasts[0].type})`)
  }
  type Data = z.output<z.ZodObject<Shape>>
  const schema = z.object(shape) as unknown as z.ZodType<Data>
  const self: Contract<Type, Data> = Object.assign(
    (data: Data): Message<Type, Data> => {
      const result = schema.safeParse(data)
      if (!result.success) throw new TypeError(`${type}: ${wrongField(result.error, 'the data')}`)
      self.priority?.(result.data)
      self.headers?.(result.data)
      return { contract: self, data: result.data }
    },
    {
      kind,
      type,
      schema,
      words: partitionBy ? (data: Data) => [...words(data), partitionWord(partitionBy(data))] : words,
      ...(partitionBy && { partitionBy }),
      ...(priority && { priority: checkedPriority(type, priority) }),
      ...(upcasts && { upcasts }),
    },
  )
  return self
}

function isEarlier(from: AnyContract, kind: Kind, type: string): boolean {
  const [name, version] = type.split(/\.v(?=\d+$)/)
  const [earlierName, earlier] = from.type.split(/\.v(?=\d+$)/)
  return from.kind === kind && earlierName === name && Number(earlier) < Number(version)
}
