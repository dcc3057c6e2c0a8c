import type { Admin } from './configuration.ts'

/** RabbitMQ's HTTP API on one node. */
export interface Management {
  /** @returns the answer's JSON, or undefined for an empty one; throws a sentence with the broker's own reason otherwise */
  request<Answer = unknown>(method: 'GET' | 'PUT' | 'POST' | 'DELETE', path: string, body?: object): Promise<Answer>
}

export function management(port: number, { user, password }: Admin): Management {
  const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
  return {
    async request(method, path, body) {
      const response = await fetch(`http://127.0.0.1:${port}/api/${path}`, {
        method,
        headers: { authorization, ...(body && { 'content-type': 'application/json' }) },
        ...(body && { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(30_000),
      })
      const text = await response.text()
      if (!response.ok)
        throw new Error(`RabbitMQ answered ${response.status} to ${method} /api/${path}: ${text.slice(0, 500)}`)
      return (text === '' ? undefined : JSON.parse(text)) as never
    },
  }
}
