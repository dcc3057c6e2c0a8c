import { consumes } from '#runtime/topology/index.ts'
import { askBroker } from '../inspect/management.ts'
import type { Management } from '../inspect/queues.ts'
import { matches } from '../inspect/topic.ts'

interface Binding {
  readonly destination: string
  readonly destination_type: string
  readonly routing_key: string
}

/**
 * The handlers whose queues the broker would put a message into, by its own bindings.
 *
 * @param handlers the names of all handlers; a queue of none of them counts as a handler of its name
 */
export async function receiversOf(
  { vhost, ...user }: Management,
  { exchange, key }: { exchange: string; key: string },
  handlers: readonly string[],
): Promise<string[]> {
  const path = `exchanges/${encodeURIComponent(vhost)}/${exchange}/bindings/source`
  const bindings = await askBroker<readonly Binding[]>(user, path)
  const found = bindings
    .filter((binding) => binding.destination_type === 'queue' && matches(binding.routing_key, key))
    .map(({ destination }) => handlers.find((name) => consumes(name, destination)) ?? destination)
  return [...new Set(found)].sort()
}
