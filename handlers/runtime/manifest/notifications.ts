import type { Subscription } from '../on.ts'
import { placeOf, type Mistake } from './place.ts'
import type { EventSubscription, Manifest } from './schema.ts'

/** What is wrong with the subscriptions to notifications, one sentence each. */
export function notificationContradictions({ subscribes }: Pick<Manifest, 'subscribes'>): Mistake[] {
  return [...subscribes.entries()].flatMap(([index, { type, key, headers, match }]) => [
    ...(headers && key !== '#'
      ? [
          {
            path: ['subscribes', index],
            sentence: `subscribes: ${type} must have a key or headers, not both: an event is narrowed by its key, a notification by its headers`,
          },
        ]
      : []),
    ...(match && Object.keys(headers ?? {}).length === 0
      ? [{ path: ['subscribes', index], sentence: `subscribes: ${type} must have headers for match` }]
      : []),
  ])
}

/** Where `handler.yaml` takes a notification for an event, or an event for a notification, one sentence each. */
export function notificationAgreement(manifest: Manifest, subscriptions: readonly Subscription[]): string[] {
  const kinds = new Map(subscriptions.map(({ contract: { type, kind } }) => [type, kind]))
  return [...manifest.subscribes.entries()].flatMap(([index, { type, headers }]) => {
    const place = placeOf(manifest, 'subscribes', index)
    if (kinds.get(type) === 'notification' && !headers)
      return [
        `${place}: ${type} is a notification: write { type: ${type}, headers: {} } with the headers that it must have`,
      ]
    if (kinds.get(type) === 'event' && headers)
      return [`${place}: ${type} is an event, which has no headers: narrow it by a key, or make it a notification`]
    return []
  })
}

/** The conditions under which the broker hands a notification to a queue: one for all headers, or one for each. */
export function conditionsOf({
  headers = {},
  match = 'all',
}: EventSubscription): Readonly<Record<string, string | boolean>>[] {
  const each = Object.entries(headers).map(([name, value]) => ({ [name]: value }))
  return match === 'any' && each.length > 0 ? each : [headers]
}
