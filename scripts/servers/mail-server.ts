import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { isMailId, readMailbox } from './mail.ts'

/**
 * Serves the mails in the folder of a mail sink: `GET /mails` returns a `Mailbox`, `GET /mails/<id>` the mail itself, and `/live` is
 * the liveness probe.
 *
 * @param port any free one by default
 */
export async function serveMails({ folder, port = 0, host }: { folder: string; port?: number; host: string }) {
  const server = createServer((request, response) => {
    const answer = (status: number, type: string, body: string | Buffer) =>
      response.writeHead(status, { 'content-type': type }).end(body)
    const json = (status: number, body: object) => answer(status, 'application/json', JSON.stringify(body))

    async function show(path: string) {
      if (path === '/live') return json(200, { live: true })
      if (path === '/mails') return json(200, await readMailbox(folder))
      const id = path.startsWith('/mails/') ? decodeURIComponent(path.slice('/mails/'.length)) : ''
      if (!isMailId(id)) return json(404, { error: 'here are /mails, /mails/<id> and /live' })
      return answer(200, 'text/plain; charset=utf-8', await readFile(join(folder, `${id}.eml`)))
    }
    show(request.url ?? '').catch(() => json(404, { error: 'there is no such mail' }))
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => reject(new Error(`the mails cannot be served on port ${port}`, { cause })))
    server.listen(port, host, resolve)
  })
  return {
    port: (server.address() as AddressInfo).port,
    stop: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
