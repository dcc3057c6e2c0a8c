/**
 * The rank of the replica that consumes each of so many queues while so many replicas run. Each one more takes an even share from those with
 * the most, and nothing else moves; those that come after there is a queue for each have none.
 */
export function ownersOf(queues: number, replicas: number): number[] {
  const owners = Array.from({ length: queues }, () => 0)
  const loads = [queues]
  for (let next = 1; next < replicas; next++) {
    const share = Math.floor(queues / (next + 1))
    for (let taken = 0; taken < share; taken++) {
      const most = loads.indexOf(Math.max(...loads))
      owners[owners.lastIndexOf(most)] = next
      loads[most]! -= 1
    }
    loads[next] = share
  }
  return owners
}
