import { nearest } from '../manifest/nearest.ts'
import { placeOf } from '../manifest/place.ts'
import type { Manifest } from '../manifest/schema.ts'

/** Contradictions between handlers, one sentence each: the broker would deliver twice, to the wrong handler, or never. */
export function contradictions(manifests: readonly Manifest[]): string[] {
  const handles = by(manifests, 'handles', ({ handles }) => handles)
  const subscribes = by(manifests, 'subscribes', ({ subscribes }) => subscribes.map(({ type }) => type))
  const emits = by(manifests, 'emits', ({ emits }) => emits)
  const sends = by(manifests, 'sends', ({ sends }) => sends)
  const answers = by(manifests, 'answers', ({ answers }) => answers)
  const announces = by(manifests, 'announces', ({ announces }) => announces)
  const all = (one: Owners, other: Owners) => [...new Set([...one.keys(), ...other.keys()])]
  const reasons = (verb: string, owners: readonly Owner[] = []) =>
    owners.map(({ name, place }) => `${name} ${verb} it in ${place}`)
  const of = (owners: readonly Owner[]) => owners.map(({ name, place }) => `of ${name} (${place})`).join(' and ')

  return [
    ...repeated(manifests.map(({ name }) => name)).map(
      (name) => `two handlers are named ${name}: rename one of the folders`,
    ),
    ...several(handles).map(
      ([type, owners]) =>
        `${type} is in handles ${of(owners)}: a command has one handler, so remove it from the others`,
    ),
    ...several(emits).map(
      ([type, owners]) => `${type} is in emits ${of(owners)}: an event has one source, so remove it from the others`,
    ),
    ...several(answers).map(
      ([type, owners]) =>
        `${type} is in answers ${of(owners)}: a question is answered by one handler, so remove it from the others`,
    ),
    ...several(announces).map(
      ([type, owners]) =>
        `${type} is in announces ${of(owners)}: a broadcast has one source, so remove it from the others`,
    ),
    ...all(handles, sends)
      .filter((type) => emits.has(type) || subscribes.has(type))
      .map((type) => {
        const command = [...reasons('handles', handles.get(type)), ...reasons('sends', sends.get(type))]
        const event = [...reasons('emits', emits.get(type)), ...reasons('subscribes to', subscribes.get(type))]
        return `${type} is used as a command (${command.join(', ')}) and as an event (${event.join(', ')}): it can only be one of them`
      }),
  ]
}

/** Messages without a sender or receiver, one sentence each: accepted in a partial set of handlers, wrong in a complete one. */
export function gaps(manifests: readonly Manifest[]): string[] {
  const handled = [...new Set(manifests.flatMap(({ handles }) => handles))]
  const emitted = [...new Set(manifests.flatMap(({ emits, notifies }) => [...emits, ...notifies]))]
  const answered = [...new Set(manifests.flatMap(({ answers }) => answers))]
  const announced = [...new Set(manifests.flatMap(({ announces }) => announces))]
  return manifests.flatMap((manifest) => {
    const listened = manifest.subscribes.map(({ type }) => type)
    return [
      ...[...manifest.sends.entries()]
        .filter(([, type]) => !handled.includes(type))
        .map(
          ([index, type]) =>
            `${placeOf(manifest, 'sends', index)}: sends names ${type}, but no handler handles it: ${meant(type, handled, 'handle it in one, or stop sending it')}`,
        ),
      ...[...manifest.asks.entries()]
        .filter(([, type]) => !answered.includes(type))
        .map(
          ([index, type]) =>
            `${placeOf(manifest, 'asks', index)}: asks names ${type}, but no handler answers it: ${meant(type, answered, 'answer it in one, or stop asking it')}`,
        ),
      ...[...listened.entries()]
        .filter(([index, type]) => !emitted.includes(type) && listened.indexOf(type) === index)
        .map(
          ([index, type]) =>
            `${placeOf(manifest, 'subscribes', index)}: subscribes names ${type}, but no handler emits it: ${meant(type, emitted, 'emit it from one, or stop subscribing to it')}`,
        ),
      ...[...manifest.hears.entries()]
        .filter(([, type]) => !announced.includes(type))
        .map(
          ([index, type]) =>
            `${placeOf(manifest, 'hears', index)}: hears names ${type}, but no handler announces it: ${meant(type, announced, 'announce it from one, or stop hearing it')}`,
        ),
    ]
  })
}

/** The share of wrong letters up to which a message type is taken for another one. */
const tolerance = 0.25

function meant(type: string, types: readonly string[], otherwise: string): string {
  const other = nearest(type, types, tolerance)
  return other === undefined ? otherwise : `did you mean ${other}?`
}

/**
 * Messages that work, but not as their author may think, one sentence each with the way out. None is an error: what uses them may come
 * later.
 *
 * @param types of all contracts
 */
export function idle(manifests: readonly Manifest[], types: readonly string[]): string[] {
  const used = new Set(
    manifests.flatMap(({ handles, subscribes, emits, sends, answers, asks, announces, hears, notifies }) => [
      ...[...handles, ...emits, ...sends, ...answers, ...asks, ...announces, ...hears, ...notifies],
      ...subscribes.map(({ type }) => type),
    ]),
  )
  return [
    ...unsent(manifests),
    ...unasked(manifests),
    ...unheard(manifests),
    ...types
      .filter((type) => !used.has(type))
      .map((type) => `handlers/contracts: ${type} is in no handler.yaml: use it in a handler, or remove it`),
  ]
}

function unsent(manifests: readonly Manifest[]): string[] {
  const sent = new Set(manifests.flatMap(({ sends }) => sends))
  return manifests.flatMap((manifest) =>
    [...manifest.handles.entries()]
      .filter(([, type]) => !sent.has(type))
      .map(
        ([index, type]) =>
          `${placeOf(manifest, 'handles', index)}: handles names ${type}, but no handler sends it: unless it comes from outside, send it from one, or stop handling it`,
      ),
  )
}

function unasked(manifests: readonly Manifest[]): string[] {
  const asked = new Set(manifests.flatMap(({ asks }) => asks))
  return manifests.flatMap((manifest) =>
    [...manifest.answers.entries()]
      .filter(([, type]) => !asked.has(type))
      .map(
        ([index, type]) =>
          `${placeOf(manifest, 'answers', index)}: answers names ${type}, but no handler asks it: ask it from one, or stop answering it`,
      ),
  )
}

/** Events without a subscriber, one sentence each. The broker keeps the latest of them in the queue `unrouted`, as evidence. */
export function unheard(manifests: readonly Manifest[]): string[] {
  const heard = new Set(manifests.flatMap(({ subscribes }) => subscribes.map(({ type }) => type)))
  return manifests.flatMap((manifest) => [
    ...[...manifest.notifies.entries()]
      .filter(([, type]) => !heard.has(type))
      .map(
        ([index, type]) =>
          `${placeOf(manifest, 'notifies', index)}: notifies names ${type}, but no handler subscribes to it, so it has no effect: subscribe to it, or stop sending it`,
      ),
    ...[...manifest.emits.entries()]
      .filter(([, type]) => !heard.has(type))
      .map(
        ([index, type]) =>
          `${placeOf(manifest, 'emits', index)}: emits names ${type}, but no handler subscribes to it, so it has no effect: subscribe to it, or stop emitting it`,
      ),
  ])
}

/** A handler that lists a type, and where. */
interface Owner {
  readonly name: string
  readonly place: string
}

type Owners = ReadonlyMap<string, readonly Owner[]>

function by(
  manifests: readonly Manifest[],
  key: 'handles' | 'subscribes' | 'emits' | 'sends' | 'answers' | 'announces',
  types: (manifest: Manifest) => readonly string[],
): Owners {
  const owners = new Map<string, Owner[]>()
  for (const manifest of manifests) {
    const listed = types(manifest)
    for (const type of new Set(listed)) {
      const owner = { name: manifest.name, place: placeOf(manifest, key, listed.indexOf(type)) }
      owners.set(type, [...(owners.get(type) ?? []), owner])
    }
  }
  return owners
}

function several(owners: Owners): (readonly [string, readonly Owner[]])[] {
  return [...owners].filter(([, found]) => found.length > 1)
}

function repeated(names: readonly string[]): string[] {
  return [...new Set(names.filter((name, index) => names.indexOf(name) !== index))]
}
