import { createServer, type AddressInfo } from 'node:net'
import { requireFreePort } from './port-holder.ts'

test('a free port is accepted', async () => {
  const server = createServer()
  await new Promise<void>((listening) => server.listen(0, listening))
  const { port } = server.address() as AddressInfo
  await new Promise((closed) => server.close(closed))

  await expect(requireFreePort(port, 'PORT')).resolves.toBeUndefined()
})

test('a port in use is refused with the process that uses it and the variable that changes it', async () => {
  const server = createServer()
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const { port } = server.address() as AddressInfo

  const refusal = expect(requireFreePort(port, 'PORT')).rejects.toThrow(
    new RegExp(
      `^port ${port} is in use by .*node.* \\(process ${process.pid}\\): .* with PORT, such as PORT=${port + 1}\\.$`,
    ),
  )
  await refusal.finally(() => server.close())
})
