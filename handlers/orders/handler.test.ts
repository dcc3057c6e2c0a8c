import { orders } from './handler.ts'

test('everything that an order waits for forms one group', () => {
  expect(new Set(orders().map(({ batch }) => batch)).size).toBe(1)
})
