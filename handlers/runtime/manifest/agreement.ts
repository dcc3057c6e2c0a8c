import type { Subscription } from '../on.ts'
import { broadcastAgreement } from './broadcasts.ts'
import { notificationAgreement } from './notifications.ts'
import { orderAgreement } from './order.ts'
import { doubled, laterVersion, withEarlier } from './versions.ts'
import { placeOf } from './place.ts'
import { scheduleAgreement } from './schedules.ts'
import { recordAgreement } from './records.ts'
import type { Manifest } from './schema.ts'

/**
 * The differences between `handler.yaml` and the code, one sentence each; none when `handles`, `subscribes`, `emits`, `sends` and
 * `notifies` list exactly the types of the subscriptions, and a saga has a database. A handler with `http` may also list outputs that only
 * its requests lead to.
 */
export function agreement(manifest: Manifest, subscriptions: readonly Subscription[]): string[] {
  const inputs = withEarlier(subscriptions.map(({ contract }) => contract))
  // Messages of an earlier version may still wait in the handler's own database, and are published under its permissions.
  const outputs = withEarlier(subscriptions.flatMap((subscription) => subscription.outputs))
  const types = (contracts: typeof inputs, ...kinds: ('command' | 'event' | 'question' | 'notification')[]) =>
    new Set(contracts.filter((contract) => kinds.some((kind) => kind === contract.kind)).map(({ type }) => type))

  const why = (type: string, key: string, verb: string) => {
    const later = laterVersion(type, [...inputs, ...outputs])
    if (later === undefined) return `${verb} it`
    const stored =
      key === 'emits' || key === 'sends' ? ', and stored messages of it may still have to be published' : ''
    return `${verb} ${later}, which upcasts it${stored}`
  }
  const differences = (
    key: 'handles' | 'subscribes' | 'emits' | 'sends' | 'answers' | 'notifies',
    listed: readonly string[],
    coded: Set<string>,
    verb: string,
    mayListMore = false,
  ) => [
    ...[...coded]
      .filter((type) => !listed.includes(type))
      .map((type) => `${placeOf(manifest, key)}: ${key} must name ${type}, because handler.ts ${why(type, key, verb)}`),
    ...[...new Set(listed)]
      .filter((type) => !coded.has(type) && !mayListMore)
      .map(
        (type) =>
          `${placeOf(manifest, key, listed.indexOf(type))}: ${key} must not name ${type}, because ${key === 'emits' || key === 'sends' || key === 'notifies' ? 'no list of outputs in handler.ts names it: list it beside the message that leads to it, or delete it here' : `nothing in handler.ts ${verb} it`}`,
      ),
  ]
  const answersHttp = manifest.http !== undefined
  return [
    ...differences('handles', manifest.handles, types(inputs, 'command'), 'handles'),
    ...differences(
      'subscribes',
      manifest.subscribes.map(({ type }) => type),
      types(inputs, 'event', 'notification'),
      'subscribes to',
    ),
    ...differences('answers', manifest.answers, types(inputs, 'question'), 'answers'),
    ...differences('emits', manifest.emits, types(outputs, 'event'), 'emits', answersHttp),
    ...differences('sends', manifest.sends, types(outputs, 'command'), 'sends', answersHttp),
    ...differences('notifies', manifest.notifies, types(outputs, 'notification'), 'returns', answersHttp),
    ...broadcastAgreement(manifest, subscriptions),
    ...orderAgreement(manifest, inputs),
    ...notificationAgreement(manifest, subscriptions),
    ...doubled(manifest, subscriptions),
    ...scheduleAgreement(manifest, subscriptions),
    ...recordAgreement(manifest, subscriptions),
    // Of batches, a saga alone looks at what the database holds before the first message.
    ...(!manifest.database && subscriptions.some(({ batch }) => batch?.check)
      ? [`${placeOf(manifest, 'database')}: database must be true, because handler.ts follows a saga`]
      : []),
  ]
}

/** What is wrong with a default export of `handler.ts` that the runtime could not run; undefined if `handler()` has made it. */
export function notAHandler({ name }: Pick<Manifest, 'name'>, exported: unknown): string | undefined {
  if (typeof (exported as { subscriptions?: unknown } | undefined)?.subscriptions === 'function') return undefined
  return `handlers/${name}/handler.ts: its default export is not made by handler(): write export default handler({ subscriptions })`
}
