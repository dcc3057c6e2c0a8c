import { agreement, lint, loadManifest, refusals } from '#runtime/manifest/index.ts'
import { orders } from './handler.ts'

test('handler.yaml says what the code says', () => {
  const manifest = loadManifest('handlers/orders')

  expect(agreement(manifest, orders())).toEqual([])
  expect([...lint(manifest, false), ...refusals(manifest, false)]).toEqual([])
})

test('everything that an order waits for forms one group', () => {
  expect(new Set(orders().map(({ batch }) => batch)).size).toBe(1)
})
