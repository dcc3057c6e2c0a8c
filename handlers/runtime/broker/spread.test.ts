import { prioritiesOf } from './spread.ts'

/** The slot that consumes each queue while these slots have a replica. */
function owners(slots: readonly number[], queues: number): number[] {
  const priorities = slots.map((slot) => [slot, prioritiesOf(slot, queues)] as const)
  return Array.from({ length: queues }, (_, queue) => {
    const highest = Math.max(...priorities.map(([, of]) => of[queue]!))
    const [first, ...others] = priorities.filter(([, of]) => of[queue] === highest)
    expect(others).toEqual([])
    return first![0]
  })
}
const upTo = (count: number) => Array.from({ length: count }, (_, slot) => slot)

test.each([2, 3, 8, 13, 64])('so many replicas as there are share %i queues evenly', (queues) => {
  for (let count = 1; count <= queues; count++) {
    const owned = owners(upTo(count), queues)
    const loads = upTo(count).map((slot) => owned.filter((each) => each === slot).length)
    expect([Math.min(...loads), Math.max(...loads)]).toEqual([Math.floor(queues / count), Math.ceil(queues / count)])
  }
})

test('a new replica takes its share, and no queue moves between the others', () => {
  for (let count = 1; count < 8; count++) {
    const [before, after] = [owners(upTo(count), 8), owners(upTo(count + 1), 8)]
    expect(after.filter((owner, queue) => owner !== before[queue] && owner !== count)).toEqual([])
  }
})

test('every queue has a consumer, whichever replicas are left', () => {
  for (let left = 1; left < 256; left++) {
    const slots = upTo(8).filter((slot) => left & (1 << slot))
    expect(owners(slots, 8).every((owner) => slots.includes(owner))).toBe(true)
  }
})
