import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { connect, createServer as createPlainServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer, type Server } from 'node:tls'
import { unwrapTls, wrongWithTls, type Identity } from './unwrap-tls.ts'

const missing = spawnSync('openssl', ['version']).error !== undefined
const where = missing ? test.skip : test
const needed = missing ? ' (needs openssl on PATH)' : ''

let identity: Identity
let server: Server
let port: number

beforeAll(async () => {
  if (missing) return
  const folder = mkdtempSync(join(tmpdir(), 'warren-tls-'))
  const file = (name: string) => join(folder, name)
  const names = ['-subj', '/CN=rabbit', '-addext', 'subjectAltName=DNS:rabbit,DNS:rabbit.shop.svc']
  const made = ['-nodes', '-newkey', 'rsa:2048', '-keyout', file('tls.key'), '-out', file('tls.crt')]
  const { status, stderr } = spawnSync('openssl', ['req', '-x509', ...made, ...names], { encoding: 'utf8' })
  if (status !== 0) throw new Error(stderr)
  // It vouches for itself.
  const cert = readFileSync(file('tls.crt'), 'utf8')
  identity = { servername: 'rabbit.shop.svc', ca: cert }
  server = createServer({ cert, key: readFileSync(file('tls.key')) }, (socket) =>
    socket.on('error', () => {}).pipe(socket),
  )
  rmSync(folder, { recursive: true })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  port = (server.address() as AddressInfo).port
})

afterAll(() => server?.close())

/** Everything that the other end sends until it closes. */
async function answerOf(to: number, word: string): Promise<string> {
  const socket = connect(to, '127.0.0.1').on('error', () => {})
  socket.end(word)
  let heard = ''
  socket.setEncoding('utf8').on('data', (text: string) => (heard += text))
  await once(socket, 'close')
  return heard
}

where(`what is said plainly to the port of this machine is said and answered in TLS${needed}`, async () => {
  const unwrapped = await unwrapTls(port, identity)
  const answers = await Promise.all(['one', 'two'].map((word) => answerOf(unwrapped.port, word)))
  unwrapped.close()
  expect(answers).toEqual(['one', 'two'])
})

where(
  `nothing is sent to a server whose name differs or whose certificate no authority has signed${needed}`,
  async () => {
    for (const wrong of [
      { ...identity, servername: 'rabbit.other.svc' },
      { ...identity, ca: undefined },
    ]) {
      const unwrapped = await unwrapTls(port, wrong)
      const answer = await answerOf(unwrapped.port, 'one')
      unwrapped.close()
      expect(answer).toBe('')
    }
  },
)

where(`an error names what is wrong with a server${needed}`, async () => {
  expect(await wrongWithTls(port, identity)).toBeUndefined()
  expect(await wrongWithTls(port, { ...identity, servername: 'rabbit.other.svc' })).toMatch(/rabbit\.other\.svc/)
  expect(await wrongWithTls(port, { ...identity, ca: undefined })).toMatch(/self-signed/)

  const plain = createPlainServer((socket) => socket.destroy())
  await once(plain.listen(0, '127.0.0.1'), 'listening')
  expect(await wrongWithTls((plain.address() as AddressInfo).port, identity)).toMatch(/./)
  plain.close()
})
