import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseManifest } from '#runtime/manifest/index.ts'
import { freePorts } from '../servers/ports.ts'
import { openHosts } from './servers.ts'
import { createTeardown, type Teardown } from './teardown.ts'

let folder: string
let teardown: Teardown
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'warren-'))
  teardown = createTeardown()
})
afterEach(async () => {
  await teardown.stopAll()
  rmSync(folder, { recursive: true })
})

const serving = (name: string, http: number, env = {}) => parseManifest(name, { http, env, scale: { min: 1 } })
const open = (...manifests: ReturnType<typeof serving>[]) =>
  openHosts(manifests, { gatewayPort: 3999, mails: join(folder, 'mails') }, teardown)

test('a handler listens on loopback, on the port that its handler.yaml asks for; the gateway on that of PORT', async () => {
  const [port = 0] = await freePorts(1)
  const hosts = await open(serving('gateway', 3000), serving('hooks', port))
  expect(hosts).toMatchObject({ gateway: '127.0.0.1:3999', hooks: `127.0.0.1:${port}` })
})

test('a handler that only other handlers call listens on any free port, so that two shops can run at once', async () => {
  const hosts = await open(serving('gateway', 3000, { BANK_URL: 'http://bank:8080' }), serving('bank', 8080))
  expect(hosts['bank']).toMatch(/^127\.0\.0\.1:\d+$/)
  expect(hosts['bank']).not.toBe('127.0.0.1:8080')
})

test('a port that is in use is refused with the process that uses it and the place that changes it', async () => {
  const busy = createServer()
  await new Promise<void>((listening) => busy.listen(0, '127.0.0.1', listening))
  const { port } = busy.address() as AddressInfo
  const refusal = expect(open(serving('hooks', port))).rejects.toThrow(
    new RegExp(`^port ${port} is in use by .*\\(process ${process.pid}\\): .*http in handlers/hooks/handler\\.yaml`),
  )
  await refusal.finally(() => busy.close())
})
