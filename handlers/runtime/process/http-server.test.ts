import { once } from 'node:events'
import { Agent, request, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { closeServer, serveHttp } from './http-server.ts'

test('a client that keeps sending requests on its connection gets a response that closes it, and the server ends', async () => {
  let asked = 0
  const server = await serveHttp((_, response) => void response.end(String(++asked)), 0)
  const { port } = server.address() as AddressInfo
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const ask = async () => {
    const sent = request({ agent, port, host: '127.0.0.1' }).end()
    const [response] = (await once(sent, 'response')) as [IncomingMessage]
    response.resume()
    await once(response, 'end')
    return response
  }
  let closed: Promise<void> | undefined
  let answer = await ask()
  while (answer.headers.connection === 'keep-alive') {
    if (asked === 3) closed = closeServer(server)
    answer = await ask()
  }
  expect(asked).toBeGreaterThan(3)
  expect([answer.statusCode, answer.headers.connection]).toEqual([200, 'close'])
  await closed
  agent.destroy()
})

test('a server with an address listens on that network interface only, one without listens on all', async () => {
  for (const [address, expected] of [
    ['127.0.0.1', '127.0.0.1'],
    [undefined, '::'],
  ] as const) {
    const server = await serveHttp((_, response) => void response.end(), 0, address)
    expect((server.address() as AddressInfo).address).toBe(expected)
    await closeServer(server)
  }
})
