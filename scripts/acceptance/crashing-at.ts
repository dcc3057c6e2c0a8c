import { existsSync, writeFileSync } from 'node:fs'
import amqplib, { type Channel, type ConfirmChannel } from 'amqplib'
import pg from 'pg'
import type { Handler } from '#runtime/handler.ts'
import type { Subscription } from '#runtime/on.ts'

/** The points at which a handler's process may die. Publishes and confirms are numbered: each sent message is a separate point. */
export type CrashPoint =
  | 'before-call'
  | 'after-call'
  | 'before-apply'
  | 'after-apply'
  | 'before-commit'
  | 'after-commit'
  | `before-publish-${number}`
  | `before-confirm-${number}`
  | `after-confirm-${number}`
  | 'before-ack'
  | 'after-ack'

/**
 * The same handler in a process that kills itself with SIGKILL at one point, once: it creates the file `marker` there, and does not kill
 * itself while that file exists. It is built into a test's bundle, so the runtime contains no trace of it.
 */
export function crashingAt<Ports>(handler: Handler<Ports>, point: CrashPoint, marker: string): Handler<Ports> {
  const reached = (here: string) => {
    if (here !== point || existsSync(marker)) return
    writeFileSync(marker, here)
    process.kill(process.pid, 'SIGKILL')
    // The signal has been sent: nothing more may happen here.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
  }
  watchDatabase(reached)
  watchBroker(reached)
  return { ...handler, subscriptions: (ports) => handler.subscriptions(ports).map((each) => watched(each, reached)) }
}

type Reached = (here: string) => void

function watched({ call, apply, batch, ...rest }: Subscription, reached: Reached): Subscription {
  const around =
    <Arguments extends unknown[], Result>(work: (...given: Arguments) => Promise<Result>, name: string) =>
    async (...given: Arguments) => {
      reached(`before-${name}`)
      const result = await work(...given)
      reached(`after-${name}`)
      return result
    }
  return {
    ...rest,
    ...(call && { call: around(call, 'call') }),
    ...(apply && { apply: around(apply, 'apply') }),
    ...(batch && { batch: sharedBatch(batch, around) }),
  }
}

const batches = new WeakMap<object, NonNullable<Subscription['batch']>>()

/** Subscriptions that share a batch must continue to share it. */
function sharedBatch(
  batch: NonNullable<Subscription['batch']>,
  around: (work: typeof batch.run, name: string) => typeof batch.run,
): typeof batch {
  const known = batches.get(batch) ?? { ...batch, run: around(batch.run.bind(batch), 'apply') }
  batches.set(batch, known)
  return known
}

function watchDatabase(reached: Reached) {
  const prototype = pg.Client.prototype as unknown as { query(config: unknown): Promise<unknown> }
  const query = prototype.query
  prototype.query = function (config) {
    if (config !== 'commit') return query.call(this, config)
    reached('before-commit')
    return query.call(this, config).then((result) => {
      reached('after-commit')
      return result
    })
  }
}

/** The bundled runtime looks up `connect` on this object at each call. */
function watchBroker(reached: Reached) {
  const { connect } = amqplib
  amqplib.connect = async (...given: Parameters<typeof connect>) => {
    const connection = await connect(...given)
    const { createChannel, createConfirmChannel } = connection
    connection.createChannel = async () => watchAcks(await createChannel.call(connection), reached)
    connection.createConfirmChannel = async () => watchPublishes(await createConfirmChannel.call(connection), reached)
    return connection as never
  }
}

let published = 0

function watchPublishes(channel: ConfirmChannel, reached: Reached): ConfirmChannel {
  const publish = channel.publish.bind(channel)
  channel.publish = (exchange, key, content, options, confirmed) => {
    const number = ++published
    reached(`before-publish-${number}`)
    return publish(exchange, key, content, options, (error: unknown, ok) => {
      reached(`before-confirm-${number}`)
      confirmed?.(error, ok)
      reached(`after-confirm-${number}`)
    })
  }
  return channel
}

function watchAcks(channel: Channel, reached: Reached): Channel {
  const ack = channel.ack.bind(channel)
  channel.ack = (message, allUpTo) => {
    reached('before-ack')
    ack(message, allUpTo)
    // After two turns of the event loop, the acknowledgement has left the process.
    setImmediate(() => setImmediate(() => reached('after-ack')))
  }
  return channel
}
