import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Answer } from './requests.ts'

const largest = 16_384

export class TooLarge extends Error {
  override readonly name = 'TooLarge'
}

/** Parses the body as JSON. Throws `TooLarge` above 16 KiB, and `SyntaxError` if it is not JSON. */
export async function readJson(incoming: IncomingMessage): Promise<unknown> {
  return JSON.parse(await bodyOf(incoming))
}

function bodyOf(incoming: IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = ''
    incoming.setEncoding('utf8')
    incoming.on('data', (part: string) => {
      if (text.length <= largest) text += part
    })
    incoming.on('end', () => {
      if (text.length > largest) reject(new TooLarge('the body is larger than 16 KiB'))
      else resolve(text)
    })
    incoming.on('error', reject)
  })
}

export function sendJson(response: ServerResponse, { status, body }: Answer) {
  const text = JSON.stringify(body)
  response.writeHead(status, {
    'content-type': status < 400 ? 'application/json' : 'application/problem+json',
    'content-length': Buffer.byteLength(text),
  })
  response.end(text)
}
