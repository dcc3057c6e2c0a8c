import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { outsideBroker } from './outside-broker.ts'

async function withManagement(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
  use: (url: string) => Promise<void>,
) {
  const server = createServer(answer)
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  try {
    await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  } finally {
    server.closeAllConnections()
    await new Promise((closed) => server.close(closed))
  }
}

const overview = (_: IncomingMessage, response: ServerResponse) =>
  void response.end(JSON.stringify({ rabbitmq_version: '4.3.6' }))

test('the path of AMQP_URL names the virtual host; without a path it is warren, never the default one', async () => {
  await withManagement(overview, async (url) => {
    const named = await outsideBroker('amqps://me:secret@broker.example:5671/shop%2Fone', url)
    expect(named).toMatchObject({ version: '4.3.6', vhost: 'shop/one', managementUrl: url })
    expect(named.url('payments', 'p@ss')).toBe('amqps://payments:p%40ss@broker.example:5671/shop%2Fone')

    const plain = await outsideBroker('amqp://me:secret@broker.example', url)
    expect(plain.url('payments', 'p')).toBe('amqp://payments:p@broker.example/warren')
  })
})

test('a user without the administrator tag is refused with the name of that tag', async () => {
  await withManagement(
    (_, response) => void response.writeHead(401).end('{}'),
    async (url) => {
      await expect(outsideBroker('amqp://me:secret@localhost', url)).rejects.toThrow(
        `the user me of AMQP_URL may not administer the broker at ${url}: it needs the tag administrator.`,
      )
    },
  )
})

test('a management API that does not respond is refused with the variable that sets its address', async () => {
  await expect(outsideBroker('amqp://me:secret@localhost', 'http://127.0.0.1:9')).rejects.toThrow(
    /does not respond at http:\/\/127\.0\.0\.1:9: set MANAGEMENT_URL/,
  )
})
