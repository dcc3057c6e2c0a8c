import { createHash, randomUUID } from 'node:crypto'
import { appendFile, link, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { SMTPServer } from 'smtp-server'

/** The ids of the received mails, each once, and the ids of repeated mails, once per repeat. */
interface Mailbox {
  mails: string[]
  repeats: string[]
}

export interface MailSink {
  readonly port: number
  /** All mails in the folder. */
  read(): Promise<Mailbox>
  stop(): Promise<void>
}

/**
 * Accepts every mail and writes it to the folder as `<Message-ID>.eml`, which mail programs open. SMTP cannot deliver a mail exactly
 * once: a mail whose Message-ID exists already is dropped and recorded in `repeats.txt`. The files are the whole state, so a restart
 * loses nothing.
 *
 * @param port any free one by default
 * @param host loopback by default
 */
export async function startMailSink({
  folder,
  port = 0,
  host = '127.0.0.1',
}: {
  folder: string
  port?: number
  host?: string
}): Promise<MailSink> {
  await mkdir(folder, { recursive: true })
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['AUTH', 'STARTTLS'],
    disableReverseLookup: true,
    // Clients keep their connections open; stopping does not wait for them.
    closeTimeout: 200,
    onData(stream, _session, done) {
      keep(folder, stream).then(
        () => done(),
        (error: unknown) => done(error as Error),
      )
    },
  })
  // A broken connection is the client's problem.
  server.on('error', () => undefined)
  await new Promise<void>((resolve, reject) => {
    server.server.once('error', (error) =>
      reject(new Error(`the mail sink cannot listen on port ${port}`, { cause: error })),
    )
    server.listen(port, host, resolve)
  })

  return {
    port: (server.server.address() as AddressInfo).port,
    read: () => readMailbox(folder),
    stop: () => new Promise((resolve) => server.close(resolve)),
  }
}

/**
 * Reads the mails of a mail sink from its folder, or from the URL at which it serves them. A missing folder is empty.
 *
 * @param place the folder, or the URL in front of `/mails`
 */
export async function readMailbox(place: string): Promise<Mailbox> {
  return /^https?:/.test(place) ? fetchMailbox(place) : readFolder(place)
}

async function fetchMailbox(url: string): Promise<Mailbox> {
  const place = `${url.replace(/\/$/, '')}/mails`
  const response = await fetch(place)
  if (!response.ok) throw new Error(`the mail sink does not serve its mails (${response.status} of ${place})`)
  return (await response.json()) as Mailbox
}

async function readFolder(folder: string): Promise<Mailbox> {
  const files = await orElse([], () => readdir(folder))
  const repeats = await orElse('', () => readFile(join(folder, repeatsFile), 'utf8'))
  return {
    mails: files.filter((name) => name.endsWith('.eml')).map((name) => name.slice(0, -'.eml'.length)),
    repeats: repeats.split('\n').filter(Boolean),
  }
}

const repeatsFile = 'repeats.txt'

async function keep(folder: string, stream: Readable): Promise<void> {
  const mail = await buffer(stream)
  const id = messageId(mail)
  const draft = join(folder, `${randomUUID()}.draft`)
  await writeFile(draft, mail)
  try {
    // Creating a link is atomic, and fails if the file exists.
    await link(draft, join(folder, `${id}.eml`))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    await appendFile(join(folder, repeatsFile), `${id}\n`)
  } finally {
    await rm(draft)
  }
}

/** Whether this id is safe as a file name: it cannot address a file outside the folder. */
export function isMailId(id: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9@._-]{0,199}$/.test(id)
}

/** The Message-ID if it is safe as a file name; otherwise a digest of it, or of the mail if it has none. */
function messageId(mail: Buffer): string {
  const header = mail.subarray(0, Math.max(0, mail.indexOf('\r\n\r\n'))).toString('latin1')
  const id = /^message-id:\s*<([^>\s]+)>/im.exec(header)?.[1]
  if (id && isMailId(id)) return id
  return createHash('sha256')
    .update(id ?? mail)
    .digest('hex')
}

async function orElse<Value>(nothing: Value, read: () => Promise<Value>): Promise<Value> {
  try {
    return await read()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return nothing
    throw error
  }
}
