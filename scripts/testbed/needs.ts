import { atLeast } from '../servers/rabbitmq/versions.ts'
import { sharedServers } from './servers.ts'

/**
 * A test that needs a newer RabbitMQ: `needs('4.3', 'strict priorities')('a VIP order overtakes', async () => …)`.
 * On an older broker the test is skipped, and listed at the end of the run with its name and the missing feature.
 */
export function needs(
  version: string,
  feature: string,
): (promise: string, run: () => Promise<void>, timeout?: number) => void {
  const has = sharedServers().broker.version
  if (atLeast(has, version)) return test
  const listAsNotRun = test.skip
  return (promise) => listAsNotRun(`${promise} (needs ${feature}: RabbitMQ ${version}, and this is ${has})`, () => {})
}
