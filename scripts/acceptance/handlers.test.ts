import * as contracts from '#contracts'
import type { Handler } from 'warren'
import { portsWithoutWorld } from '#runtime/prepare/ports.ts'
import { agreement, lint, loadManifests, refusals } from '#runtime/manifest/index.ts'
import { findings } from '../check/findings.ts'

const folder = 'handlers'
const manifests = loadManifests(folder)

describe.each(manifests.map((manifest) => [manifest.name, manifest] as const))('%s', (name, manifest) => {
  let subscriptions: ReturnType<Handler['subscriptions']>

  beforeAll(async () => {
    const { default: handler } = (await import(`../../handlers/${name}/handler.ts`)) as { default: Handler }
    subscriptions = handler.subscriptions(portsWithoutWorld(handler, manifest))
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

test('the handlers fit each other, but for two messages whose uses are still to come', () => {
  const { errors, warnings } = findings(manifests, contracts)
  expect(errors).toEqual([])
  expect(warnings).toEqual([
    expect.stringMatching(
      /^handlers\/payments\/handler\.yaml:\d+: handles names payment\.refund\.v1, but no handler sends it/,
    ),
    expect.stringMatching(
      /^handlers\/inventory\/handler\.yaml:\d+: emits names stock\.low\.v1, but no handler subscribes to it/,
    ),
  ])
})
