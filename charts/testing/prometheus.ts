import type { Query } from './queries.ts'

/** A time series with its current value. */
export interface Answer {
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/**
 * Runs one instant query.
 *
 * @param url such as http://127.0.0.1:9090
 * @throws Error with the message of Prometheus if the query is invalid
 */
export async function ask(url: string, expr: string): Promise<Answer[]> {
  const response = await fetch(new URL('/api/v1/query', url), {
    method: 'POST',
    body: new URLSearchParams({ query: expr }),
  })
  const { data, error } = (await response.json()) as {
    data?: { result: { metric: Record<string, string>; value: [number, string] }[] }
    error?: string
  }
  if (!data) throw new Error(`Prometheus at ${url} does not answer ${expr}: ${error}`)
  return data.result.map(({ metric, value: [, value] }) => ({ labels: metric, value: Number(value) }))
}

/** The only value that a query returns. Throws an error with the query if it returns several values or none. */
export async function number(url: string, expr: string): Promise<number> {
  const answers = await ask(url, expr)
  if (answers.length === 1) return answers[0]!.value
  throw new Error(`${expr} has ${answers.length} answers, not one`)
}

/** The queries that return no series: a panel that stays blank, or an alert that watches nothing. */
export async function emptyQueries(url: string, queries: readonly Query[]): Promise<Query[]> {
  const answers = await Promise.all(queries.map(({ expr }) => ask(url, expr)))
  return queries.filter((_, index) => !answers[index]?.some(({ value }) => !Number.isNaN(value)))
}
