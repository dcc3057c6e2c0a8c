import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { parseJson } from './json.ts'
import { Problem } from './problem.ts'

const maxBytes = 64 * 1024
const utf8 = new TextDecoder('utf-8', { fatal: true })
const json = /^application\/json\s*(?:;\s*charset\s*=\s*(?:utf-8|"utf-8")\s*)?$/i

/**
 * Reads the JSON body of a request.
 *
 * @throws Problem 413 as soon as more than 64 KiB have arrived (Express's own parser would first wait for the end of the body, and an
 * endless body has none); 415 if it is not JSON in UTF-8; 400 if it cannot be parsed
 */
export async function readJson(request: IncomingMessage): Promise<unknown> {
  if (!json.test(request.headers['content-type'] ?? '')) {
    throw new Problem(415, 'content-type must be application/json in UTF-8')
  }
  if ((request.headers['content-encoding'] ?? 'identity') !== 'identity') {
    throw new Problem(415, 'content-encoding must be identity: compressed bodies are not accepted')
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
      reject(new Problem(413, `the body must be at most ${maxBytes} bytes long`, { connection: 'close' }))
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
    request.on('error', () => reject(new Problem(400, 'the body ended before its announced length')))
  })
}

/** Keeps reading for a second after the response: closing a socket with unread data resets it, and the client loses the response. */
function linger(socket: Socket) {
  socket.destroySoon = () => {
    socket.end()
    setTimeout(() => socket.destroy(), 1_000).unref()
  }
}
