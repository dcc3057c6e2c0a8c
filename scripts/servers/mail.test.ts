import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createTransport } from 'nodemailer'
import { readMailbox, startMailSink, type MailSink } from './mail.ts'

let folder: string
let sink: MailSink

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'warren-mail-'))
  sink = await startMailSink({ folder })
})

afterEach(async () => {
  await sink.stop()
  await rm(folder, { recursive: true })
})

async function send(messageId: string, text = 'Hello') {
  const transport = createTransport({ host: '127.0.0.1', port: sink.port, ignoreTLS: true })
  await transport.sendMail({ from: 'shop@warren.example', to: 'ada@customer.example', messageId, subject: 'Hi', text })
  transport.close()
}

test('a mail becomes a readable file, named after its Message-ID', async () => {
  await send('<one@warren.example>', 'It is paid.')
  expect(await readdir(folder)).toEqual(['one@warren.example.eml'])
  expect(await readFile(join(folder, 'one@warren.example.eml'), 'utf8')).toContain('It is paid.')
})

test('a repeated mail is dropped and counted separately, even after a restart', async () => {
  await send('<one@warren.example>', 'the first')
  await send('<one@warren.example>', 'the second')
  await sink.stop()
  sink = await startMailSink({ folder })
  await send('<one@warren.example>', 'the third')
  await send('<two@warren.example>')

  const { mails, repeats } = await sink.read()
  expect(mails.sort()).toEqual(['one@warren.example', 'two@warren.example'])
  expect(repeats).toEqual(['one@warren.example', 'one@warren.example'])
  expect(await readFile(join(folder, 'one@warren.example.eml'), 'utf8')).toContain('the first')
})

test('concurrent copies of a mail are one mail and its repeats', async () => {
  await Promise.all([1, 2, 3, 4].map(() => send('<one@warren.example>')))
  expect(await sink.read()).toEqual({ mails: ['one@warren.example'], repeats: Array(3).fill('one@warren.example') })
})

test('a Message-ID that is not a valid file name cannot address a file outside the folder', async () => {
  await send('<../../escaped@warren.example>')
  const [file, ...others] = await readdir(folder)
  expect(file).toMatch(/^[0-9a-f]{64}\.eml$/)
  expect(others).toEqual([])
})

test('a folder that does not exist contains no mails', async () => {
  expect(await readMailbox(join(folder, 'nowhere'))).toEqual({ mails: [], repeats: [] })
})

test('the error for a port in use contains the port', async () => {
  await expect(startMailSink({ folder, port: sink.port })).rejects.toThrow(
    `the mail sink cannot listen on port ${sink.port}`,
  )
})
