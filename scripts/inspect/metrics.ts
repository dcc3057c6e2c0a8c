import { textOf } from './read-answer.ts'

/** Bytes of the longest exposition that is read. */
const longestAnswer = 8 * 1024 * 1024

/** One number of a Prometheus exposition. */
export interface Sample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/**
 * Requests a path of a handler's metrics port.
 *
 * @param timeout milliseconds
 * @returns the body; `undefined` if the process does not respond in time, or not with a success
 */
export async function ask(port: number, path: '/live' | '/metrics', timeout: number): Promise<string | undefined> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { signal: AbortSignal.timeout(timeout) })
    const text = await textOf(response, longestAnswer)
    return response.ok ? text : undefined
  } catch {
    return undefined
  }
}

/** Parses Prometheus' text format. Comments and lines that are not samples are skipped. */
export function samples(exposition: string): Sample[] {
  return exposition.split('\n').flatMap((line) => {
    const [, name, labels = '', value] = /^([a-z_:][\w:]*)(?:\{(.*)\})? (\S+)/i.exec(line) ?? []
    if (!name) return []
    const pairs = [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, key = '', text = '']) => [key, text])
    return [{ name, labels: Object.fromEntries(pairs) as Record<string, string>, value: Number(value) }]
  })
}
