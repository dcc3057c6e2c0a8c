import type { Handler } from '#runtime'
import { agreement, lint, loadManifests, refusals } from '#runtime/manifest/index.ts'

const folder = 'handlers'
const manifests = loadManifests(folder)

describe.each(manifests.map((manifest) => [manifest.name, manifest] as const))('%s', (name, manifest) => {
  let subscriptions: ReturnType<Handler['subscriptions']>

  beforeAll(async () => {
    const { default: handler } = (await import(`../../handlers/${name}/handler.ts`)) as { default: Handler }
    // No port is used until a message comes.
    subscriptions = handler.subscriptions(undefined)
  })

  test('handler.yaml names exactly what handler.ts handles and tells', () => {
    expect(agreement(manifest, subscriptions)).toEqual([])
  })

  test('its numbers fit each other', () => {
    const listens = manifest.handles.length + manifest.subscribes.length > 0
    const hasCall = subscriptions.some(({ call }) => call !== undefined)
    expect([...refusals(manifest, hasCall), ...(listens ? lint(manifest, hasCall) : [])]).toEqual([])
  })

  test('it has no replicas that could only wait for the one that writes', () => {
    const onlyWrites = manifest.database && !subscriptions.some(({ call }) => call !== undefined)
    if (onlyWrites) expect(manifest.scale.max).toBeLessThanOrEqual(2)
  })
})

test('every command has exactly one handler, and every event one teller', () => {
  const repeated = (types: string[]) => types.filter((type, index) => types.indexOf(type) !== index)
  expect(repeated(manifests.flatMap(({ handles }) => [...handles]))).toEqual([])
  expect(repeated(manifests.flatMap(({ emits }) => [...emits]))).toEqual([])
})

test('every command that is sent is handled, and every event that is awaited is told', () => {
  const handled = manifests.flatMap(({ handles }) => handles)
  const told = manifests.flatMap(({ emits }) => emits)
  expect(manifests.flatMap(({ sends }) => sends).filter((type) => !handled.includes(type))).toEqual([])
  const awaited = manifests.flatMap(({ subscribes }) => subscribes.map(({ type }) => type))
  expect(awaited.filter((type) => !told.includes(type))).toEqual([])
})
