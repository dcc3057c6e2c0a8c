import type { Manifest } from '../manifest/schema.ts'

/** Contradictions between handlers, one sentence each: the broker would deliver twice, to the wrong handler, or never. */
export function contradictions(manifests: readonly Manifest[]): string[] {
  const handles = by(manifests, (manifest) => manifest.handles)
  const subscribes = by(manifests, (manifest) => manifest.subscribes.map(({ type }) => type))
  const emits = by(manifests, (manifest) => manifest.emits)
  const sends = by(manifests, (manifest) => manifest.sends)
  const all = (one: Owners, other: Owners) => [...new Set([...one.keys(), ...other.keys()])]
  const reasons = (verb: string, names: readonly string[] = []) => names.map((name) => `${name} ${verb} it`)

  return [
    ...repeated(manifests.map(({ name }) => name)).map(
      (name) => `two handlers are named ${name}: rename one of the folders`,
    ),
    ...several(handles).map(
      ([type, names]) => `${type} is in handles of ${names.join(' and of ')}: a command has one handler`,
    ),
    ...several(emits).map(
      ([type, names]) => `${type} is in emits of ${names.join(' and of ')}: an event has one source`,
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
  const handled = new Set(manifests.flatMap(({ handles }) => handles))
  const emitted = new Set(manifests.flatMap(({ emits }) => emits))
  return manifests.flatMap(({ name, sends, subscribes }) => [
    ...sends
      .filter((type) => !handled.has(type))
      .map((type) => `handlers/${name}/handler.yaml: sends names ${type}, but no handler handles it`),
    ...[...new Set(subscribes.map(({ type }) => type))]
      .filter((type) => !emitted.has(type))
      .map((type) => `handlers/${name}/handler.yaml: subscribes names ${type}, but no handler emits it`),
  ])
}

/**
 * Messages that work, but not as their author may think, one sentence each with the way out. None is an error: what uses them may come
 * later.
 *
 * @param types of all contracts
 */
export function idle(manifests: readonly Manifest[], types: readonly string[]): string[] {
  const used = new Set(
    manifests.flatMap(({ handles, subscribes, emits, sends }) => [
      ...[...handles, ...emits, ...sends],
      ...subscribes.map(({ type }) => type),
    ]),
  )
  return [
    ...unsent(manifests),
    ...unheard(manifests),
    ...types
      .filter((type) => !used.has(type))
      .map((type) => `handlers/contracts: ${type} is in no handler.yaml: use it in a handler, or remove it`),
  ]
}

function unsent(manifests: readonly Manifest[]): string[] {
  const sent = new Set(manifests.flatMap(({ sends }) => sends))
  return manifests.flatMap(({ name, handles }) =>
    handles
      .filter((type) => !sent.has(type))
      .map(
        (type) =>
          `handlers/${name}/handler.yaml: handles names ${type}, but no handler sends it: send it from one, or stop handling it`,
      ),
  )
}

/** Each of these events ends in the queue `unrouted`. */
function unheard(manifests: readonly Manifest[]): string[] {
  const heard = new Set(manifests.flatMap(({ subscribes }) => subscribes.map(({ type }) => type)))
  return manifests.flatMap(({ name, emits }) =>
    emits
      .filter((type) => !heard.has(type))
      .map(
        (type) =>
          `handlers/${name}/handler.yaml: emits names ${type}, but no handler subscribes to it, so it ends in the queue unrouted: subscribe to it, or stop emitting it`,
      ),
  )
}

type Owners = ReadonlyMap<string, readonly string[]>

function by(manifests: readonly Manifest[], types: (manifest: Manifest) => readonly string[]): Owners {
  const owners = new Map<string, string[]>()
  for (const manifest of manifests) {
    for (const type of new Set(types(manifest))) owners.set(type, [...(owners.get(type) ?? []), manifest.name])
  }
  return owners
}

function several(owners: Owners): (readonly [string, readonly string[]])[] {
  return [...owners].filter(([, names]) => names.length > 1)
}

function repeated(names: readonly string[]): string[] {
  return [...new Set(names.filter((name, index) => names.indexOf(name) !== index))]
}
