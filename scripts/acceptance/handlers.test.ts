import type { Handler } from 'warren'
import { agreement, lint, loadManifests, refusals } from '#runtime/manifest/index.ts'

const folder = 'handlers'
const manifests = loadManifests(folder)

describe.each(manifests.map((manifest) => [manifest.name, manifest] as const))('%s', (name, manifest) => {
  let subscriptions: ReturnType<Handler['subscriptions']>

  beforeAll(async () => {
    const { default: handler } = (await import(`../../handlers/${name}/handler.ts`)) as { default: Handler }
    // No port is used until a message arrives.
    subscriptions = handler.subscriptions(undefined)
  })

  test('handler.yaml lists exactly the messages that handler.ts handles, emits and sends', () => {
    expect(agreement(manifest, subscriptions)).toEqual([])
  })

  test('its numbers are consistent', () => {
    const listens = manifest.handles.length + manifest.subscribes.length > 0
    const hasCall = subscriptions.some(({ call }) => call !== undefined)
    expect([...refusals(manifest, hasCall), ...(listens ? lint(manifest, hasCall) : [])]).toEqual([])
  })

  test('it has no replicas that could only wait for the single writer', () => {
    const onlyWrites = manifest.database && !subscriptions.some(({ call }) => call !== undefined)
    if (onlyWrites) expect(manifest.scale.max).toBeLessThanOrEqual(2)
  })
})

test('every command has exactly one handler, and every event one emitter', () => {
  const repeated = (types: string[]) => types.filter((type, index) => types.indexOf(type) !== index)
  expect(repeated(manifests.flatMap(({ handles }) => [...handles]))).toEqual([])
  expect(repeated(manifests.flatMap(({ emits }) => [...emits]))).toEqual([])
})

test('every command that is sent is handled, and every subscribed event is emitted', () => {
  const handled = manifests.flatMap(({ handles }) => handles)
  const told = manifests.flatMap(({ emits }) => emits)
  expect(manifests.flatMap(({ sends }) => sends).filter((type) => !handled.includes(type))).toEqual([])
  const awaited = manifests.flatMap(({ subscribes }) => subscribes.map(({ type }) => type))
  expect(awaited.filter((type) => !told.includes(type))).toEqual([])
})
