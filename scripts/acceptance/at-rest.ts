import { loadManifests } from '#runtime/manifest/index.ts'
import { queueNames, tiers, unrouted, waitQueue } from '#runtime/topology/index.ts'
import { metric, probe } from '../testbed/probes.ts'
import { until } from '../testbed/until.ts'
import type { WholeShop } from '../shop/whole-shop.ts'

/** Generous, because the machine may be busy with other tests. */
export const patiently = { within: 45_000 }

const manifests = loadManifests('handlers')
export const handlers = manifests.map(({ name }) => name)
/** The handlers that receive messages. */
export const listeners = manifests
  .filter(({ handles, subscribes, records }) => handles.length + subscribes.length > 0 || records)
  .map(({ name }) => name)

/** The dead letters of the whole shop. */
export async function deadLetters({ world }: WholeShop): Promise<number> {
  const queues = [...manifests.flatMap((manifest) => queueNames(manifest, 'dead-letters')), unrouted]
  return sum(await Promise.all(queues.map((queue) => world.depth(queue))))
}

/** Waits until no message is in transit, then expects no dead letters. */
export async function expectNothingLeft(shop: WholeShop): Promise<void> {
  const queues = [...manifests.flatMap((manifest) => queueNames(manifest, 'work')), ...tiers.map(waitQueue)]
  await until(async () => {
    const waiting = await Promise.all(queues.map((queue) => shop.world.depth(queue)))
    const held = await Promise.all(listeners.map((handler) => metric(shop.running(handler), 'warren_in_flight')))
    return sum([...waiting, ...held]) === 0
  }, patiently)
  expect(await deadLetters(shop)).toBe(0)
}

/** The number of retries, of all types, by the current process of a handler. */
export async function retries(shop: WholeShop, handler: string): Promise<number> {
  const text = await (await probe(shop.running(handler), 'metrics')).text()
  const lines = text.split('\n').filter((line) => line.startsWith('warren_retries_total{'))
  return sum(lines.map((line) => Number(line.split(' ')[1])))
}

export function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
