import { samples } from '../inspect/metrics.ts'
import type { HandlerProcess } from './handler-process.ts'
import { until } from './until.ts'

/**
 * The value of a metric under `/metrics`, such as `warren_dead_total{reason="malformed"}`, regardless of further labels; 0 if the metric
 * is absent.
 */
export async function metric({ lines }: HandlerProcess, name: string): Promise<number> {
  const text = await (await probe({ lines }, 'metrics')).text()
  const [wanted] = samples(`${name} 0`)
  const found = samples(text).find(
    (each) =>
      each.name === wanted?.name && Object.entries(wanted.labels).every(([key, value]) => each.labels[key] === value),
  )
  return found?.value ?? 0
}

/** The response of a process on its probe port, whether it is ready or not. */
export async function probe({ lines }: Pick<HandlerProcess, 'lines'>, path: 'live' | 'ready' | 'metrics') {
  const port = await until(() => portIn(lines))
  return fetch(`http://127.0.0.1:${port}/${path}`)
}

function portIn(lines: readonly string[]): number | undefined {
  const line = lines.find((each) => each.includes('"msg":"listening"'))
  return line === undefined ? undefined : (JSON.parse(line) as { port: number }).port
}
