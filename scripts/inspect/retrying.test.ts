import { retryingOf } from './retrying.ts'

const none = { '1s': 0, '5s': 0, '30s': 0, '2m': 0, '10m': 0 }

test('a message counts for as long as it stays in its wait queue', () => {
  const retrying = retryingOf()
  expect(retrying(none, 0)).toBe(0)
  expect(retrying({ ...none, '5s': 3 }, 1_000)).toBe(3)
  expect(retrying({ ...none, '5s': 3 }, 5_999)).toBe(3)
  expect(retrying({ ...none, '5s': 3 }, 6_000)).toBe(0)
})

test('messages that were sent one after another leave one after another', () => {
  const retrying = retryingOf()
  const waiting = [1, 3, 3, 4, 4, 4, 4, 4, 4, 4].map((total, second) =>
    retrying({ ...none, '5s': total }, second * 1_000),
  )
  expect(waiting).toEqual([1, 3, 3, 4, 4, 3, 1, 1, 0, 0])
})

test('the wait queues are counted together', () => {
  const retrying = retryingOf()
  retrying({ ...none, '1s': 7, '10m': 2 }, 0)
  retrying({ ...none, '1s': 7, '30s': 1, '10m': 2 }, 10_000)
  expect(retrying({ ...none, '1s': 7, '30s': 1, '10m': 2 }, 39_000)).toBe(3)
  expect(retrying({ ...none, '1s': 7, '30s': 1, '10m': 2 }, 599_000)).toBe(2)
  expect(retrying({ ...none, '1s': 7, '30s': 1, '10m': 2 }, 600_000)).toBe(0)
})
