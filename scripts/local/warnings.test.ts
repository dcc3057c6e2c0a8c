import { parseManifest } from '#runtime/manifest/index.ts'
import { createWarnings } from './warnings.ts'

test('an event without a subscriber is a warning, once', () => {
  const said: string[] = []
  const warn = createWarnings((sentence) => said.push(sentence))
  const shop = parseManifest('shop', { emits: ['order.created.v1', 'order.lost.v1'] })
  const audit = parseManifest('audit', { subscribes: ['order.created.v1'] })
  warn([shop, audit])
  warn([shop, audit])
  expect(said).toEqual([
    'warning: handlers/shop/handler.yaml: emits names order.lost.v1, but no handler subscribes to it, so it has no effect: ' +
      'subscribe to it, or stop emitting it',
  ])
  warn([shop])
  expect(said).toHaveLength(2)
})
