import { ownersOf } from './shares.ts'

test.each([1, 2, 3, 8, 13, 64])('so many replicas as there are share %i queues evenly', (queues) => {
  for (let replicas = 1; replicas <= queues; replicas++) {
    const owners = ownersOf(queues, replicas)
    const loads = Array.from({ length: replicas }, (_, rank) => owners.filter((owner) => owner === rank).length)
    expect([Math.min(...loads), Math.max(...loads)]).toEqual([
      Math.floor(queues / replicas),
      Math.ceil(queues / replicas),
    ])
  }
})

test('a new replica takes its share, and no queue moves between the others', () => {
  for (let replicas = 1; replicas < 8; replicas++) {
    const [before, after] = [ownersOf(8, replicas), ownersOf(8, replicas + 1)]
    expect(after.filter((owner, queue) => owner !== before[queue] && owner !== replicas)).toEqual([])
  }
})

test('replicas for which there is no queue have none', () => {
  expect(ownersOf(8, 10)).toEqual(ownersOf(8, 8))
})
