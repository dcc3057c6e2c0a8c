import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Reject, Unavailable } from 'warren'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'
import { startMailSink } from '#testbed'
import { smtpMailer } from './mailer.ts'

const mail = { id: 'order-confirmed.1@warren.example', to: 'ada@customer.example', subject: 'Grüße', text: 'Hello\n' }
const { signal } = new AbortController()
const cleanUp: (() => unknown)[] = []

afterEach(async () => {
  for (const undo of cleanUp.splice(0).reverse()) await undo()
})

test('a mail arrives unchanged and only once, however often it is sent', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'warren-mail-'))
  cleanUp.push(() => rm(folder, { recursive: true }))
  const sink = await startMailSink({ folder })
  cleanUp.push(() => sink.stop())

  const mailer = mailerTo(sink.port)
  await mailer.send(mail, signal)
  await mailer.send(mail, signal)
  await Promise.all(
    Array.from({ length: 30 }, (_, index) =>
      mailer.send({ ...mail, id: `many-${index}@warren.example` }, new AbortController().signal),
    ),
  )

  const { mails, repeats } = await sink.read()
  expect(mails).toHaveLength(31)
  expect(repeats).toEqual([mail.id])
  const file = await readFile(join(folder, `${mail.id}.eml`), 'utf8')
  expect(file).toContain('From: Warren shop <shop@warren.example>')
  expect(file).toContain('To: ada@customer.example')
  expect(file).toContain('Subject: =?UTF-8?Q?Gr=C3=BC=C3=9Fe?=')
})

test.each(['shop:Tr0ub4dor3@mail', 'http://shop:Tr0ub4dor3@mail', 'smtp://shop:Tr0ub4dor3@mail:none'])(
  'the invalid URL %s is refused at start, without its password',
  (url) => {
    expect(() => smtpMailer(url, 'shop@warren.example')).toThrow(
      new TypeError('SMTP_URL must be a URL such as smtp://mail:1025'),
    )
  },
)

test('a mail server that cannot be reached is unavailable', async () => {
  await expect(mailerTo(1).send(mail, signal)).rejects.toThrow(Unavailable)
})

test('a mail server that hangs up is unavailable', async () => {
  const server = createServer((socket) => socket.end('421 too busy\r\n'))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  cleanUp.push(() => new Promise((resolve) => server.close(resolve)))
  await expect(mailerTo((server.address() as AddressInfo).port).send(mail, signal)).rejects.toThrow(Unavailable)
})

test('a silent mail server is unavailable as soon as the signal aborts', async () => {
  const impatient = new AbortController()
  const server = createServer((socket) => {
    cleanUp.push(() => socket.destroy())
    impatient.abort()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  cleanUp.push(() => new Promise((resolve) => server.close(resolve)))
  const sent = mailerTo((server.address() as AddressInfo).port).send(mail, impatient.signal)
  await expect(sent).rejects.toThrow('smtp is unavailable: Message sending aborted')
})

test('a mail to a recipient that does not exist is rejected for good', async () => {
  const port = await refusing(550)
  await expect(mailerTo(port).send(mail, signal)).rejects.toThrow(Reject)
})

test('a mail to a full mailbox is retried later and delays no other mail', async () => {
  const failure = await mailerTo(await refusing(452))
    .send(mail, signal)
    .catch((error: unknown) => error)
  expect(failure).toBeInstanceOf(Error)
  expect(failure).not.toBeInstanceOf(Reject)
  expect(failure).not.toBeInstanceOf(Unavailable)
})

const mailerTo = (port: number) => smtpMailer(`smtp://127.0.0.1:${port}`, 'Warren shop <shop@warren.example>')

async function refusing(responseCode: number): Promise<number> {
  const onRcptTo: SMTPServerOptions['onRcptTo'] = (_address, _session, done) =>
    done(Object.assign(new Error('no'), { responseCode }))
  const server = new SMTPServer({ authOptional: true, disabledCommands: ['STARTTLS', 'AUTH'], onRcptTo })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  cleanUp.push(() => new Promise<void>((resolve) => server.close(resolve)))
  return (server.server.address() as AddressInfo).port
}
