import { orders } from './handler.ts'

test('all messages of the saga are handled in one group', () => {
  expect(new Set(orders().map(({ batch }) => batch)).size).toBe(1)
})
