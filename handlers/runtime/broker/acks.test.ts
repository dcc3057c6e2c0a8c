import fc from 'fast-check'
import { SettledTags } from './acks.ts'

/** A channel as the broker sees it: acknowledged deliveries are gone. */
function channelOf(count: number) {
  const tags = new SettledTags()
  const unacknowledged = new Set<number>()
  for (let tag = 1; tag <= count; tag++) {
    tags.delivered(tag)
    unacknowledged.add(tag)
  }
  return {
    tags,
    unacknowledged,
    settle(settled: readonly number[]) {
      const acknowledgements = tags.settle(settled)
      for (const { tag, multiple } of acknowledgements) {
        const meant = multiple ? [...unacknowledged].filter((other) => other <= tag) : [tag]
        if (!unacknowledged.has(tag)) throw new Error(`the broker closes the channel: ${tag} is unknown`)
        for (const one of meant) unacknowledged.delete(one)
      }
      return acknowledgements
    },
  }
}

test('deliveries settled in the order of delivery are acknowledged at once', () => {
  expect(channelOf(5).settle([1, 2, 3])).toEqual([{ tag: 3, multiple: true }])
})

test('deliveries settled after an unsettled one are acknowledged one by one', () => {
  expect(channelOf(5).settle([1, 3, 5])).toEqual([
    { tag: 1, multiple: true },
    { tag: 3, multiple: false },
    { tag: 5, multiple: false },
  ])
})

test('once a gap has closed, the next acknowledgement covers it', () => {
  const { settle } = channelOf(5)
  settle([2, 3])
  expect(settle([1, 4])).toEqual([{ tag: 4, multiple: true }])
})

test('unknown and already settled deliveries are not acknowledged: the broker would close the channel', () => {
  const { settle } = channelOf(3)
  expect(settle([7])).toEqual([])
  settle([1, 2])
  expect(settle([1, 2])).toEqual([])
  expect(settle([])).toEqual([])
})

test('in any order, exactly the settled deliveries are acknowledged, with at most one multiple acknowledgement, which comes first', () => {
  const history = fc.integer({ min: 1, max: 60 }).chain((count) =>
    fc.record({
      count: fc.constant(count),
      groups: fc.array(fc.array(fc.integer({ min: 1, max: count + 3 }), { maxLength: 20 }), { maxLength: 20 }),
    }),
  )
  fc.assert(
    fc.property(history, ({ count, groups }) => {
      const channel = channelOf(count)
      const settled = new Set<number>()
      for (const group of groups) {
        const acknowledgements = channel.settle(group)
        expect(acknowledgements.filter(({ multiple }, index) => multiple && index > 0)).toEqual([])
        for (const tag of group) settled.add(tag)
        const open = Array.from({ length: count }, (_, index) => index + 1).filter((tag) => !settled.has(tag))
        expect([...channel.unacknowledged]).toEqual(open)
        expect(channel.tags.size).toBe(open.length)
      }
    }),
  )
})
