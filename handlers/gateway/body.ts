import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { parseJson } from './json.ts'
import { Problem } from './problem.ts'

const maxBytes = 64 * 1024
const utf8 = new TextDecoder('utf-8', { fatal: true })
const json = /^application\/json\s*(?:;\s*charset\s*=\s*(?:utf-8|"utf-8")\s*)?$/i

/**
 * The JSON that a request carries. Throws a `Problem`: 413 as soon as more than 64 KiB have come (express's own reader first
 * waits for the end, which an endless body never has), 415 for what is not JSON in UTF-8, 400 for what cannot be read.
 */
export async function readJson(request: IncomingMessage): Promise<unknown> {
  if (!json.test(request.headers['content-type'] ?? '')) {
    throw new Problem(415, 'content-type must be application/json, in UTF-8')
  }
  if ((request.headers['content-encoding'] ?? 'identity') !== 'identity') {
    throw new Problem(415, 'content-encoding must be identity: the body may not be compressed')
  }
  const bytes = await readBytes(request)
  let text: string
  try {
    text = utf8.decode(bytes)
  } catch {
    throw new Problem(400, 'the body must be UTF-8')
  }
  return parseJson(text)
}

function readBytes(request: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const tooLarge = () => {
      request.removeAllListeners('data').resume()
      linger(request.socket)
      reject(new Problem(413, `the body may have ${maxBytes} bytes at most`, { connection: 'close' }))
    }
    if (Number(request.headers['content-length'] ?? 0) > maxBytes) return tooLarge()
    const chunks: Buffer[] = []
    let length = 0
    request.on('data', (chunk: Buffer) => {
      length += chunk.length
      if (length > maxBytes) return tooLarge()
      chunks.push(chunk)
    })
    request.on('end', () => resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)))
    request.on('error', () => reject(new Problem(400, 'the body ended too early')))
  })
}

/** What still comes is read for a second after the answer: a socket that is closed before that is reset, and the answer lost. */
function linger(socket: Socket) {
  socket.destroySoon = () => {
    socket.end()
    setTimeout(() => socket.destroy(), 1_000).unref()
  }
}
