import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { askBroker } from './management.ts'
import { ask } from './metrics.ts'

let server: Server | undefined

afterEach(async () => {
  server?.closeAllConnections()
  await new Promise((resolve) => server?.close(resolve) ?? resolve(undefined))
})

async function serve(listener: RequestListener): Promise<number> {
  const opened = createServer(listener)
  server = opened
  await new Promise<void>((resolve) => opened.listen(0, '127.0.0.1', resolve))
  return (opened.address() as AddressInfo).port
}

const overview = async (listener: RequestListener, within = 10_000) => {
  const user = { url: `http://127.0.0.1:${await serve(listener)}`, user: 'ada', password: 'geheim' }
  return askBroker(user, 'overview', { within })
}

/** Sends as fast as the client reads, and never ends. */
const endless: RequestListener = (_, response) => {
  const pour = () => {
    while (!response.destroyed && response.write(Buffer.alloc(1024 * 1024, 'x')));
  }
  response.on('drain', pour)
  pour()
}

describe("an answer that cannot be the management API's is an error in one sentence", () => {
  test('one that never ends: it is not read beyond 64 MiB', async () => {
    const failure: unknown = await overview(endless).catch((error: unknown) => error)
    expect(failure).toMatchObject({
      message: expect.stringMatching(/^RabbitMQ's management API at http:\/\/127\.0\.0\.1:\d+ does not answer$/),
      cause: { message: 'the answer has more than 67108864 bytes' },
    })
  })

  test('one that stops in the middle', async () => {
    const halting: RequestListener = (_, response) => void response.write('{"rabbitmq_version":')
    await expect(overview(halting, 200)).rejects.toThrow(/^RabbitMQ's management API at .* does not answer$/)
  })

  test('a page of HTML', async () => {
    const page: RequestListener = (_, response) => response.end('<html>Welcome</html>')
    await expect(overview(page)).rejects.toThrow(
      /^RabbitMQ's management API at .* answers with something that is not JSON: is this its address\? \(<html>Welcome<\/html>\)$/,
    )
  })
})

test('a process whose metrics never end counts as one that does not respond', async () => {
  expect(await ask(await serve(endless), '/metrics', 120_000)).toBeUndefined()
})
