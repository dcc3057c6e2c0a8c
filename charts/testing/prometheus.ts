import type { Query } from './queries.ts'

/** A series with its value now. */
export interface Answer {
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/**
 * Asks a Prometheus one question.
 *
 * @param url such as http://127.0.0.1:9090
 * @throws Error with what Prometheus says when it does not understand the question
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

/** The one number that answers a question; an error that names the question when there are more, or none. */
export async function number(url: string, expr: string): Promise<number> {
  const answers = await ask(url, expr)
  if (answers.length === 1) return answers[0]!.value
  throw new Error(`${expr} has ${answers.length} answers, not one`)
}

/** Which of these queries nothing answers: a panel that stays blank, or an alert that looks at nothing. */
export async function emptyQueries(url: string, queries: readonly Query[]): Promise<Query[]> {
  const answers = await Promise.all(queries.map(({ expr }) => ask(url, expr)))
  return queries.filter((_, index) => !answers[index]?.some(({ value }) => !Number.isNaN(value)))
}
