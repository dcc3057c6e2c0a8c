import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import type { ConsumeMessage } from 'amqplib'
import { Pool } from 'pg'
import type { Message } from '../contract.ts'
import { jobOf } from './fixtures/jobs.ts'
import type { Exit, HandlerProcess } from './handler-process.ts'
import { until } from './until.ts'
import { createWorld, type World, type WorldOptions } from './world.ts'

export interface Effect {
  readonly message_id: string
  readonly job: string
  readonly text: string
  readonly amount: number
  readonly notes: Record<string, string>
  readonly attempt: number
  readonly polluted: boolean
}

/** The world of the handler `workbench`, whose messages say what is to go wrong, and what a test asks it about. */
export interface Workbench {
  readonly world: World
  /** The dead letters so far, taken out of their queue. */
  readonly letters: ConsumeMessage[]
  /** The events `job.done.v1` so far. */
  readonly told: readonly ConsumeMessage[]
  /** Publishes this body as the broker's administrator, under a fresh id; any property may be replaced or, as `undefined`, left out. */
  publish(body: string | Buffer, properties?: Readonly<Record<string, unknown>>): Promise<string>
  send(message: Message, properties?: Readonly<Record<string, unknown>>): Promise<string>
  /** Rows that the handling of this message left. */
  effects(id: string): Promise<Effect[]>
  /** Waits for the message's effects. */
  handled(id: string, within?: number): Promise<Effect[]>
  /** Waits for the message's dead letter. */
  letter(id: string, within?: number): Promise<ConsumeMessage>
  start(handler?: string): Promise<HandlerProcess>
  /** Starts a process that has left its slow start behind: it holds many messages at once. */
  startWarm(): Promise<HandlerProcess>
  /** Ends, by SIGKILL, what a failed test may have left running. */
  end(): Promise<void>
  close(): Promise<void>
}

const handlers = ['workbench', 'relay'].map((name) => join('handlers/runtime/testing/fixtures', name))

export async function openWorkbench(options: WorldOptions = {}): Promise<Workbench> {
  const world = await createWorld(handlers, options)
  const admin = world.broker.admin.user
  const database = new Pool({ connectionString: world.databaseUrl('workbench'), max: 2 })
  const channel = await world.channel(admin)
  const letters: ConsumeMessage[] = []
  const told: ConsumeMessage[] = []
  const processes: HandlerProcess[] = []
  await channel.assertQueue('told', { durable: true, arguments: { 'x-queue-type': 'quorum' } })
  await channel.bindQueue('told', 'events', 'job.done.v1.#')
  for (const queue of ['workbench.dead', 'relay.dead'])
    await channel.consume(queue, (letter) => letter && letters.push(letter), { noAck: true })
  await channel.consume('told', (event) => event && told.push(event), { noAck: true })

  const bench: Workbench = {
    world,
    letters,
    told,
    async publish(body, { exchange = 'commands', key = 'job.do.v1', ...properties } = {}) {
      const complete = {
        messageId: randomUUID() as string,
        type: 'job.do.v1',
        contentType: 'application/json',
        userId: admin,
        deliveryMode: 2,
        ...properties,
      }
      channel.publish(String(exchange), String(key), Buffer.from(body), complete)
      await channel.waitForConfirms()
      return complete.messageId
    },
    send: ({ contract, data }, properties) =>
      bench.publish(JSON.stringify(data), { type: contract.type, key: contract.type, ...properties }),
    async effects(id) {
      return (await database.query<Effect>('select * from effects where message_id = $1', [id])).rows
    },
    handled: (id, within = 20_000) =>
      until(
        async () => {
          const effects = await bench.effects(id)
          return effects.length > 0 && effects
        },
        { within },
      ),
    letter: (id, within = 20_000) =>
      until(() => letters.find(({ properties }) => properties.messageId === id), { within }),
    async start(handler = 'workbench') {
      const started = await world.spawn(handler)
      processes.push(started)
      return started
    },
    async startWarm() {
      const started = await bench.start()
      for (let count = 0; count < 10; count++) await bench.handled(await bench.send(jobOf()))
      return started
    },
    async end() {
      await Promise.all(processes.splice(0).map((process) => process.kill('SIGKILL')))
    },
    async close() {
      await database.end()
      await world.close()
    },
  }
  return bench
}

/** Told to leave, a process settles all that it holds and ends by itself: nothing is left in its queue. */
export async function expectToLeave(process: HandlerProcess, { world }: Workbench): Promise<void> {
  let exit: Exit | undefined
  void process.kill().then((result) => (exit = result))
  expect(await until(() => exit, { within: 20_000 })).toEqual({ code: 0, signal: null })
  expect(await world.depth('workbench')).toBe(0)
}

/**
 * A job with these changes fails for good and leaves nothing behind, and those beside it are handled.
 *
 * @returns what its dead letter says of the error
 */
export async function expectGivenUp(
  bench: Workbench,
  changes: Parameters<typeof jobOf>[0],
  why = 'exhausted',
  attempts = 3,
): Promise<string> {
  const before = await bench.send(jobOf())
  const id = await bench.send(jobOf(changes))
  const after = await bench.send(jobOf())
  expect(await bench.handled(before)).toHaveLength(1)
  expect(await bench.handled(after)).toHaveLength(1)

  const letter = await bench.letter(id)
  expect(reason(letter)).toBe(why)
  expect(letter.properties.headers).toMatchObject({ 'x-dead-attempts': attempts, 'x-dead-version': 'local' })
  expect(JSON.parse(letter.content.toString())).toEqual(jobOf(changes).data)
  expect(await bench.effects(id)).toEqual([])
  return String(letter.properties.headers?.['x-dead-error'])
}

/** Why a message is dead, as its letter says. */
export function reason({ properties }: ConsumeMessage): unknown {
  return properties.headers?.['x-dead-reason']
}
