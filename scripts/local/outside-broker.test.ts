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
    (_, response) => void response.writeHead(403).end('{}'),
    async (url) => {
      await expect(outsideBroker('amqp://me:secret@localhost', url)).rejects.toThrow(
        `the user me of AMQP_URL may not administer the broker at ${url}: it needs the tag administrator.`,
      )
    },
  )
})

test('a management API behind a path of a reverse proxy, with credentials of its own, is asked there and printed without them', async () => {
  const asked: string[] = []
  await withManagement(
    ({ url, headers }, response) => {
      asked.push(`${url} ${Buffer.from(headers.authorization!.replace('Basic ', ''), 'base64').toString()}`)
      response.end(JSON.stringify({ rabbitmq_version: '4.3.6' }))
    },
    async (url) => {
      const place = `${url.replace('://', '://J%C3%BCrgen:pa%25ss@')}/rabbit/one/`
      const { managementUrl } = await outsideBroker('amqp://me:secret@localhost', place)
      expect(managementUrl).toBe(`${url}/rabbit/one`)
      expect(asked).toEqual(['/rabbit/one/api/overview Jürgen:pa%ss'])
    },
  )
})

test('the management API of a broker with an IPv6 address is looked for at that address', async () => {
  await expect(outsideBroker('amqp://me:secret@[::1]:1/shop')).rejects.toThrow(
    'does not respond at http://[::1]:15672:',
  )
})

test('a path without a management API is refused with the variable that sets its address', async () => {
  await withManagement(
    (_, response) => void response.writeHead(404).end('nothing here'),
    async (url) => {
      await expect(outsideBroker('amqp://me:secret@localhost', `${url}/prefix`)).rejects.toThrow(
        `does not respond at ${url}/prefix: set MANAGEMENT_URL`,
      )
    },
  )
})

test('a management API that does not respond is refused with the variable that sets its address', async () => {
  await expect(outsideBroker('amqp://me:secret@localhost', 'http://127.0.0.1:9')).rejects.toThrow(
    /does not respond at http:\/\/127\.0\.0\.1:9: set MANAGEMENT_URL/,
  )
})
