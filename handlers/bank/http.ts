import { randomUUID } from 'node:crypto'
import type { IncomingMessage, RequestListener } from 'node:http'
import { setTimeout } from 'node:timers/promises'
import { wrongField, type World } from 'warren'
import * as z from 'zod'
import { inBatches } from './batches.ts'
import { page, settle } from './book.ts'
import { behaviour } from './cards.ts'
import { readJson, sendJson, TooLarge } from './json.ts'
import { outageSchema, outageSwitch } from './outage.ts'
import { problem, requests, type Answer, type Operation, type Request } from './requests.ts'
import { stumbling } from './stumble.ts'

/** The bank's HTTP interface. It uses plain `node:http`, because the bank must cost less than the system it helps to measure. */
export function listener({ read, submit, log }: Pick<World, 'read' | 'submit' | 'log'>): RequestListener {
  const outage = outageSwitch()
  const stumble = stumbling()
  const ask = inBatches<Request, Answer>(
    async (together) => {
      const work = async (db: Parameters<typeof settle>[0]) => ({
        value: await settle(db, together, stumble),
        messages: [],
      })
      return (await submit(work, { correlationId: randomUUID() })).value
    },
    { linger: 2, most: 200 },
  )

  async function move(operation: Operation, incoming: IncomingMessage): Promise<Answer> {
    const key = incoming.headers['idempotency-key']
    if (typeof key !== 'string' || key.length > 128) {
      return problem(400, 'Bad request', 'the header Idempotency-Key is missing or longer than 128 characters')
    }
    const body = requests[operation].parse(await readJson(incoming))
    const down = await outage.pass()
    if (down) return down

    const { delay } = behaviour('card' in body ? body.card : '')
    if (delay) await setTimeout(delay)
    return ask({ operation, key, body } as Request)
  }

  async function answer(incoming: IncomingMessage): Promise<Answer> {
    const [path = '/', query] = (incoming.url ?? '/').split('?')
    const route = `${incoming.method} ${path}`
    const operation = path.slice(1)
    if (incoming.method === 'POST' && Object.hasOwn(requests, operation)) return move(operation as Operation, incoming)
    if (route === 'GET /book') {
      const { after, limit } = pageSchema.parse(Object.fromEntries(new URLSearchParams(query)))
      return { status: 200, body: await page(read, after, limit) }
    }
    if (route === 'PUT /outage') {
      if (!isLoopback(incoming)) return problem(403, 'Forbidden', 'the outage switch is for this machine only')
      return outage.set(outageSchema.parse(await readJson(incoming)))
    }
    return problem(404, 'Not found', `the bank does not know ${route}`)
  }

  return (incoming, response) => {
    answer(incoming)
      .catch((error: unknown) => refusal(error, log))
      .then((answer) => sendJson(response, answer))
      .catch((error: unknown) => log.error({ err: error }, 'a response could not be sent'))
  }
}

const pageSchema = z.strictObject({
  after: z
    .string()
    .regex(/^[\x20-\x7e]{0,64}$/, 'must be up to 64 printable characters')
    .default(''),
  limit: z.coerce.number().pipe(z.int().min(1).max(1_000)).default(1_000),
})

const isLoopback = ({ socket }: IncomingMessage) => /^(::ffff:)?127\.|^::1$/.test(socket.remoteAddress ?? '')

function refusal(error: unknown, log: World['log']): Answer {
  if (error instanceof TooLarge) return problem(413, 'Too large', error.message)
  if (error instanceof SyntaxError) return problem(400, 'Bad request', 'the body is not JSON')
  if (error instanceof z.ZodError) return problem(422, 'Unprocessable', wrongField(error, 'the request'))
  if ((error as { code?: string }).code === 'ECONNRESET') return problem(400, 'Bad request', 'the request was aborted')
  log.error({ err: error }, 'the bank could not decide')
  return problem(503, 'Down', 'the bank could not write its book; repeat the request with the same key')
}
