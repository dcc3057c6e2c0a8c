/**
 * How much the replica in a slot wants each of so many single-active queues: the highest priority consumes. Slots are numbered from 0 as
 * replicas come. Each new one claims its even share from those with the most, and nothing else moves; the queues of one that has gone fall
 * to those that claimed them before.
 */
export function prioritiesOf(slot: number, queues: number): number[] {
  const owners = Array.from({ length: queues }, () => 0)
  for (let claiming = 1; claiming <= slot; claiming++) {
    for (let share = Math.floor(queues / (claiming + 1)); share > 0; share--) {
      const loads = Array.from({ length: claiming }, (_, owner) => owners.filter((each) => each === owner).length)
      owners[owners.lastIndexOf(loads.indexOf(Math.max(...loads)))] = claiming
    }
  }
  const last = (queue: number) => (slot === 0 ? 0 : -1 - ((slot + queues - (queue % queues)) % queues))
  return owners.map((owner, queue) => (owner === slot ? slot : last(queue)))
}
