import { createServer } from 'node:net'
import { freePorts } from './ports.ts'

test('the ports are distinct and free, and no outgoing connection can take them', async () => {
  const ports = await freePorts(50)
  expect(new Set(ports).size).toBe(50)
  expect(Math.max(...ports)).toBeLessThan(32_768)

  const servers = await Promise.all(
    ports.map(async (port) => {
      const server = createServer()
      await new Promise<void>((listening, failed) => server.once('error', failed).listen(port, '127.0.0.1', listening))
      return server
    }),
  )
  for (const server of servers) server.close()
})
