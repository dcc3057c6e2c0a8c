import type { ConfirmChannel } from 'amqplib'
import { createWorld, probe, until, type HandlerProcess, type World } from '#testbed'
import { ShelveBook } from '../fixtures/books.ts'

interface Answer {
  readonly shelved?: number
  readonly by?: number
  readonly error?: string
  readonly sentence?: string
  readonly took: number
}

let world: World
let reader: HandlerProcess

beforeAll(async () => {
  world = await createWorld(['handlers/runtime/fixtures/librarian', 'handlers/runtime/fixtures/reader'])
  reader = await world.spawn('reader')
  await reader.ready
}, 60_000)

afterEach(async () => {
  const channel = await world.channel('admin')
  await channel.purgeQueue('librarian.questions')
  await channel.close()
})

afterAll(() => world.close())

async function ask(
  query: Record<string, string | number> = {},
  of = reader,
): Promise<{ answers: Answer[]; heap: number }> {
  const parameters = new URLSearchParams(
    Object.entries(query).map(([name, value]): [string, string] => [name, String(value)]),
  )
  const response = await fetch(`http://127.0.0.1:${of.httpPort}/?${parameters.toString()}`)
  return (await response.json()) as { answers: Answer[]; heap: number }
}

async function librarian(): Promise<HandlerProcess> {
  const started = await world.spawn('librarian')
  await started.ready
  return started
}

/** One that has completed its slow start: it holds many questions at once. */
async function warmLibrarian(): Promise<HandlerProcess> {
  const started = await librarian()
  for (let count = 0; count < 10; count++) await ask()
  return started
}

async function withLibrarian(work: (librarian: HandlerProcess) => Promise<void>) {
  const started = await warmLibrarian()
  try {
    await work(started)
  } finally {
    await started.kill('SIGKILL')
  }
}

test('a question is answered from what the database holds', () =>
  withLibrarian(async ({ pid }) => {
    const [answer] = (await ask()).answers
    expect(answer).toEqual({ shelved: 0, by: pid, took: expect.any(Number) })
  }))

test.each([
  ['an error of the answerer', 'failing', 'the librarian cannot read Walden'],
  ['a reply that breaks its contract', 'wrong', 'book.find.v1: shelved must be a whole number'],
  ['a write', 'writing', 'cannot execute INSERT in a read-only transaction'],
])('%s is an error of the asker, with its sentence', (_, how, sentence) =>
  withLibrarian(async () => {
    const [answer] = (await ask({ how })).answers
    expect(answer).toMatchObject({ error: 'AnswerFailed', sentence: expect.stringMatching(sentence) })
  }),
)

test('without an answerer an ask ends at its timeout, and leaves a sign for which one is started', async () => {
  const [answer] = (await ask({ ms: 300 })).answers
  expect(answer).toMatchObject({ error: 'Unavailable', sentence: 'book.find.v1 is unavailable: no reply within 300ms' })
  // The question itself has gone with its asker.
  await until(async () => (await world.depth('librarian.questions')) === 1)
  const [sign] = await world.broker.request<{ properties: { headers: object } }[]>(
    'POST',
    `queues/${world.vhost}/librarian.questions/get`,
    { count: 10, ackmode: 'ack_requeue_true', encoding: 'auto' },
  )
  expect(sign?.properties.headers).toEqual({ 'x-wakes': 1 })
  await withLibrarian(async () => {
    expect(await world.depth('librarian.questions')).toBe(0)
  })
})

test('questions are answered within 500 ms while 5,000 commands wait in the same handler', async () => {
  const channel = await world.channel('admin')
  const message = ShelveBook({ title: 'Emma' })
  await Promise.all(Array.from({ length: 50 }, () => world.send(message)))
  for (let count = 50; count < 5_000; count++)
    channel.publish('commands', 'book.shelve.v1', Buffer.from(JSON.stringify(message.data)), {
      messageId: crypto.randomUUID(),
      type: 'book.shelve.v1',
      contentType: 'application/json',
      userId: world.broker.admin.user,
      deliveryMode: 2,
    })
  await channel.waitForConfirms()
  await withLibrarian(async () => {
    await until(async () => (await world.depth('librarian')) < 4_950)
    const took: number[] = []
    for (let count = 0; count < 50; count++) {
      const [answer] = (await ask({ ms: 500 })).answers
      expect(answer!.error).toBeUndefined()
      took.push(answer!.took)
    }
    const waiting = await world.depth('librarian')
    expect(waiting).toBeGreaterThan(3_000)
    took.sort((one, other) => one - other)
    console.log(
      `50 questions beside ${waiting} waiting commands: median ${took[25]!.toFixed(1)} ms, longest ${took[49]!.toFixed(1)} ms`,
    )
  })
  await channel.purgeQueue('librarian')
}, 60_000)

test('an answerer that is killed in the middle leaves the question to another replica, and no ask waits for ever', async () => {
  const [first, second] = await Promise.all([warmLibrarian(), warmLibrarian()])
  // They are in hand until after their askers have given up.
  const asked = ask({ how: 'slow', ms: 1_500, times: 10 })
  await until(async () => (await world.depth('librarian.questions')) === 0)
  const others = ask({ times: 20, ms: 10_000 })
  await first.kill('SIGKILL')
  const { answers } = await others
  expect(answers.filter(({ by }) => by === second.pid).length).toBeGreaterThan(0)
  expect(answers.every(({ by, error }) => by !== undefined || error === 'Unavailable')).toBe(true)
  expect((await asked).answers.map(({ error }) => error)).toEqual(Array.from({ length: 10 }, () => 'Unavailable'))
  await second.kill('SIGKILL')
}, 60_000)

test('a question that ends each process which takes it is dropped after a few, and its asker gives up', async () => {
  const asked = ask({ how: 'deadly', ms: 25_000 })
  for (let count = 0; count < 4; count++) {
    const victim = await world.spawn('librarian')
    expect(await victim.end()).toEqual({ code: null, signal: 'SIGKILL' })
  }
  await withLibrarian(async () => {
    expect((await ask()).answers[0]).toHaveProperty('by')
  })
  expect((await asked).answers[0]).toMatchObject({ error: 'Unavailable' })
}, 90_000)

test(
  '10,000 questions leave no queue, no binding and no memory behind',
  () =>
    withLibrarian(async () => {
      const count = async () => {
        const { broker, vhost } = world
        const [queues, bindings] = await Promise.all([
          broker.request<unknown[]>('GET', `queues/${vhost}`),
          broker.request<unknown[]>('GET', `bindings/${vhost}`),
        ])
        return { queues: queues.length, bindings: bindings.length }
      }
      await ask({ times: 500, ms: 10_000 })
      const before = await count()
      const { heap } = await ask()
      let failed = 0
      for (let round = 0; round < 20; round++)
        failed += (await ask({ times: 500, ms: 10_000 })).answers.filter(({ error }) => error).length
      expect(failed).toBe(0)
      expect(await count()).toEqual(before)
      const { heap: after } = await ask()
      console.log(`heap before ${(heap / 1e6).toFixed(1)} MB, after 10,000 questions ${(after / 1e6).toFixed(1)} MB`)
      expect(after - heap).toBeLessThan(3e6)
    }),
  60_000,
)

test('the queue for replies goes with its asker', async () => {
  const gone = await world.spawn('reader')
  await gone.ready
  const queues = async () =>
    (await world.broker.request<{ name: string }[]>('GET', `queues/${world.vhost}`)).filter(({ name }) =>
      name.startsWith('replies.reader.'),
    ).length
  await until(async () => (await queues()) === 2)
  await gone.kill('SIGKILL')
  await until(async () => (await queues()) === 1)
})

test('replies to an asker that has gone harm nothing', () =>
  withLibrarian(async (answerer) => {
    const channel = await world.channel('admin')
    for (let count = 0; count < 5; count++)
      channel.publish('questions', 'book.find.v1', Buffer.from(JSON.stringify({ title: 'Walden', how: 'well' })), {
        messageId: crypto.randomUUID(),
        type: 'book.find.v1',
        contentType: 'application/json',
        userId: world.broker.admin.user,
        replyTo: 'replies.reader.gone',
      })
    await until(async () =>
      /^warren_answered_total\{.*outcome="no asker".*\} 5$/m.test(await (await probe(answerer, 'metrics')).text()),
    )
    expect((await probe(answerer, 'ready')).status).toBe(200)
    expect((await ask()).answers[0]).toHaveProperty('by', answerer.pid)
  }))

test('open questions are asked again when the connection for replies was lost', () =>
  withLibrarian(async (answerer) => {
    const asked = ask({ how: 'well', ms: 10_000, times: 50 })
    const connections = await world.broker.request<{ name: string; user_provided_name?: string; vhost: string }[]>(
      'GET',
      'connections',
    )
    for (const { name, vhost, user_provided_name } of connections)
      if (vhost === world.vhost && user_provided_name === 'reader asks')
        await world.broker.request('DELETE', `connections/${encodeURIComponent(name)}`)
    const { answers } = await asked
    expect(answers.map(({ by }) => by)).toEqual(answers.map(() => answerer.pid))
    expect((await ask()).answers[0]).toHaveProperty('by', answerer.pid)
  }))

describe('the user of an asker', () => {
  const refused = async (
    user: string,
    work: (channel: Awaited<ReturnType<World['channel']>>) => PromiseLike<unknown>,
  ) => {
    const channel = await world.channel(user)
    return Promise.resolve(work(channel)).then(
      () => 'allowed',
      (error: unknown) => (error as { code?: number }).code,
    )
  }

  test.each([
    ['cannot read the replies to another', (c: ConfirmChannel) => c.consume('replies.gateway.1', () => {})],
    ['cannot delete the queue for the replies to another', (c: ConfirmChannel) => c.deleteQueue('replies.gateway.1')],
    ['cannot declare a queue for the replies to another', (c: ConfirmChannel) => c.assertQueue('replies.librarian.1')],
    ['cannot take questions', (c: ConfirmChannel) => c.consume('librarian.questions', () => {})],
    ['cannot delete the questions', (c: ConfirmChannel) => c.deleteQueue('librarian.questions')],
  ])('%s', async (_, work) => {
    const admin = await world.channel('admin')
    await admin.assertQueue('replies.gateway.1', { durable: true, arguments: { 'x-queue-type': 'quorum' } })
    expect(await refused('reader', work)).toBe(403)
  })

  test('cannot bind its own queue to the replies to another', async () => {
    expect(
      await refused('reader', async (channel) => {
        await channel.assertQueue('replies.reader.mine', { exclusive: true })
        await channel.bindQueue('replies.reader.mine', 'replies', 'replies.gateway.1')
      }),
    ).toBe(403)
  })

  test.each([
    ['reader', 'replies', 'replies.reader.mine'],
    ['reader', 'questions', 'book.burn.v1'],
    ['librarian', 'questions', 'book.find.v1'],
    ['librarian', 'replies', 'book.find.v1'],
  ])('%s may not publish to %s with the key %s', async (user, exchange, key) => {
    const channel = await world.channel(user)
    const closed = new Promise((resolve) => channel.once('error', ({ code }: { code: number }) => resolve(code)))
    channel.publish(exchange, key, Buffer.from('{}'))
    expect(await closed).toBe(403)
  })
})
