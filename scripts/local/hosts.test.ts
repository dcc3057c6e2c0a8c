import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseManifest } from '#runtime/manifest/index.ts'
import { freePorts } from '../servers/ports.ts'
import { openHosts } from './hosts.ts'
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
const open = (manifests: ReturnType<typeof serving>[], port?: number) =>
  openHosts(manifests, { port, mails: join(folder, 'mails') }, teardown)

test('a handler listens on loopback, on the port that its handler.yaml asks for', async () => {
  const [one = 0, other = 0] = await freePorts(2)
  const hosts = await open([serving('api', one), serving('hooks', other)])
  expect(hosts).toMatchObject({ api: `127.0.0.1:${one}`, hooks: `127.0.0.1:${other}` })
})

test('PORT replaces the port of the one handler that no other calls', async () => {
  const [port] = await freePorts(1)
  const api = serving('api', 3000, { BANK_URL: 'http://bank:8080' })
  expect(await open([api, serving('bank', 8080)], port)).toMatchObject({ api: `127.0.0.1:${port}` })
})

test('PORT is refused where it could mean several handlers', async () => {
  await expect(open([serving('api', 3000), serving('hooks', 3001)], 3999)).rejects.toThrow(
    'PORT could mean each of api, hooks: change `http` in their handler.yaml instead',
  )
})

test('a handler that only other handlers call listens on any free port, so that two systems can run at once', async () => {
  const [port = 0] = await freePorts(1)
  const hosts = await open([serving('api', port, { BANK_URL: 'http://bank:8080' }), serving('bank', 8080)])
  expect(hosts['bank']).toMatch(/^127\.0\.0\.1:\d+$/)
  expect(hosts['bank']).not.toBe('127.0.0.1:8080')
})

test('a port that is in use is refused with the process that uses it and the place that changes it', async () => {
  const busy = createServer()
  await new Promise<void>((listening) => busy.listen(0, '127.0.0.1', listening))
  const { port } = busy.address() as AddressInfo
  const [free = 0] = await freePorts(1)
  const taken = (place: string) => new RegExp(`^port ${port} is in use by .*\\(process ${process.pid}\\): .*${place}`)
  const refusal = Promise.all([
    expect(open([serving('hooks', port)])).rejects.toThrow(taken(`PORT=${port + 1}`)),
    expect(open([serving('api', free), serving('hooks', port)])).rejects.toThrow(
      taken('http in handlers/hooks/handler\\.yaml'),
    ),
  ])
  await refusal.finally(() => busy.close())
})
