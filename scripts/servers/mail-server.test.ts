import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { serveMails } from './mail-server.ts'
import { readMailbox } from './mail.ts'

let folder: string
let server: Awaited<ReturnType<typeof serveMails>>
let url: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'warren-mail-'))
  server = await serveMails({ folder, host: '127.0.0.1' })
  url = `http://127.0.0.1:${server.port}`
})
afterEach(async () => {
  await server.stop()
  await rm(folder, { recursive: true })
})

test('the mailbox is the same over HTTP as in the folder', async () => {
  expect(await readMailbox(url)).toEqual({ mails: [], repeats: [] })
  await writeFile(join(folder, 'one@warren.example.eml'), 'Subject: Hi')
  await writeFile(join(folder, 'repeats.txt'), 'one@warren.example\n')
  expect(await readMailbox(`${url}/`)).toEqual({ mails: ['one@warren.example'], repeats: ['one@warren.example'] })
  expect(await readMailbox(url)).toEqual(await readMailbox(folder))
})

test('a mail is served unchanged, as text', async () => {
  await writeFile(join(folder, 'one@warren.example.eml'), 'Subject: <b>Hi</b>')
  const answer = await fetch(`${url}/mails/${encodeURIComponent('one@warren.example')}`)
  expect(answer.headers.get('content-type')).toBe('text/plain; charset=utf-8')
  expect(await answer.text()).toBe('Subject: <b>Hi</b>')
})

test.each(['/mails/none@warren.example', '/mails/..%2f..%2fetc%2fpasswd', '/mails/%', '/mails/', '/'])(
  '%s is not found',
  async (path) => {
    expect((await fetch(`${url}${path}`)).status).toBe(404)
  },
)

test('the liveness probe succeeds', async () => {
  expect(await (await fetch(`${url}/live`)).json()).toEqual({ live: true })
})

test('the error for a mail sink that does not serve its mails contains its URL', async () => {
  await expect(readMailbox(`${url}/elsewhere`)).rejects.toThrow(
    `the mail sink does not serve its mails (404 of ${url}/elsewhere/mails)`,
  )
})
