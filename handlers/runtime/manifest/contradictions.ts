import type { Manifest } from './schema.ts'

/** Variables that Warren sets for every process, wherever it runs. */
export const givenVariables = [
  ...['AMQP_URL', 'AMQP_PASSWORD', 'DATABASE_URL', 'DATABASE_PASSWORD'],
  ...['METRICS_PORT', 'HTTP_PORT', 'HANDLER_VERSION'],
]

/** Combinations of valid values that contradict each other, one sentence each. */
export function contradictions(manifest: Manifest): string[] {
  const { handles, subscribes, emits, sends, retry, scale, http, env } = manifest
  const listened = subscribes.map(({ type }) => type)
  const bindings = subscribes.map(({ type, key }) => (key === '#' ? type : `${type} with key ${key}`))
  return [
    ...Object.entries({ handles, subscribes: bindings, emits, sends, 'retry.forever': retry.forever }).flatMap(
      ([key, list]) => repeated(list).map((entry) => `${key} must name ${entry} only once`),
    ),
    ...common(handles, listened).map((type) => `${type} must be in handles or in subscribes, not in both`),
    ...common(emits, sends).map((type) => `${type} must be in emits or in sends, not in both`),
    ...retry.forever
      .filter((type) => !handles.includes(type) && !listened.includes(type))
      .map((type) => `retry.forever must name only what handles or subscribes name (got ${type})`),
    ...(scale.max < scale.min ? [`scale.max must be at least scale.min (got ${scale.max} < ${scale.min})`] : []),
    ...(http && scale.min < 1
      ? [`scale.min must be at least 1, because zero replicas cannot serve HTTP (got ${scale.min})`]
      : []),
    ...givenVariables
      .filter((variable) => variable in env)
      .map((variable) => `env must not name ${variable}, because Warren sets it for every handler`),
  ]
}

function repeated(list: readonly string[]): string[] {
  return [...new Set(list.filter((entry, index) => list.indexOf(entry) !== index))]
}

function common(one: readonly string[], other: readonly string[]): string[] {
  return [...new Set(one)].filter((entry) => other.includes(entry))
}
