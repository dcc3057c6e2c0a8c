import { notificationContradictions } from './notifications.ts'
import { orderContradictions } from './order.ts'
import type { Mistake, Path } from './place.ts'
import { recordContradictions } from './records.ts'
import { redriveContradictions } from './redrive.ts'
import type { Manifest } from './schema.ts'

/** Variables that Warren sets for every process, wherever it runs. */
export const givenVariables = [
  ...['AMQP_URL', 'AMQP_PASSWORD', 'DATABASE_URL', 'DATABASE_PASSWORD'],
  ...['METRICS_PORT', 'HTTP_PORT', 'HANDLER_VERSION'],
]

/** Combinations of valid values that contradict each other, one sentence each. */
export function contradictions(manifest: Manifest): Mistake[] {
  const { handles, subscribes, emits, sends, answers, asks, announces, hears, retry, scale, http, entrance, env } =
    manifest
  const listened = subscribes.map(({ type }) => type)
  // Several subscriptions to one notification are usual: urgent ones, and those of a channel.
  const bindings = subscribes
    .filter(({ headers }) => !headers)
    .map(({ type, key }) => (key === '#' ? type : `${type} with key ${key}`))
  const lists: [Path, readonly string[]][] = [
    [['handles'], handles],
    [['subscribes'], bindings],
    [['emits'], emits],
    [['sends'], sends],
    [['answers'], answers],
    [['asks'], asks],
    [['announces'], announces],
    [['hears'], hears],
    [['notifies'], manifest.notifies],
    [['retry', 'forever'], retry.forever],
  ]
  return [
    ...lists.flatMap(([path, list]) =>
      repeated(list).map((entry) => ({
        path: [...path, list.lastIndexOf(entry)],
        sentence: `${path.join('.')} must name ${entry} only once`,
      })),
    ),
    ...common(handles, listened).map((type) => ({
      path: ['subscribes', listened.indexOf(type)],
      sentence: `${type} must be in handles or in subscribes, not in both`,
    })),
    ...common(emits, sends).map((type) => ({
      path: ['sends', sends.indexOf(type)],
      sentence: `${type} must be in emits or in sends, not in both`,
    })),
    ...retry.forever
      .filter((type) => !handles.includes(type) && !listened.includes(type))
      .map((type) => ({
        path: ['retry', 'forever', retry.forever.indexOf(type)],
        sentence: `retry.forever must name only what handles or subscribes name (got ${type})`,
      })),
    ...(scale.max < scale.min
      ? [
          {
            path: ['scale', 'max'],
            sentence: `scale.max must be at least scale.min (got ${scale.max} < ${scale.min})`,
          },
        ]
      : []),
    ...(http && scale.min < 1
      ? [
          {
            path: ['scale', 'min'],
            sentence: `scale.min must be at least 1, because zero replicas cannot serve HTTP (got ${scale.min})`,
          },
        ]
      : []),
    ...(entrance && !http
      ? [{ path: ['entrance'], sentence: 'http must be a port, because entrance opens it to the outside' }]
      : []),
    ...orderContradictions(manifest),
    ...recordContradictions(manifest),
    ...redriveContradictions(manifest),
    ...notificationContradictions(manifest),
    ...givenVariables
      .filter((variable) => variable in env)
      .map((variable) => ({
        path: ['env', variable],
        sentence: `env must not name ${variable}, because Warren sets it for every handler`,
      })),
  ]
}

function repeated(list: readonly string[]): string[] {
  return [...new Set(list.filter((entry, index) => list.indexOf(entry) !== index))]
}

function common(one: readonly string[], other: readonly string[]): string[] {
  return [...new Set(one)].filter((entry) => other.includes(entry))
}
