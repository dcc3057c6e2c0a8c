import { sharedServers } from './servers.ts'

/**
 * A test that needs a newer RabbitMQ: `needs('4.0', 'message priorities')('a VIP order overtakes', async () => …)`.
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

function atLeast(has: string, wanted: string) {
  const [have, want] = [has, wanted].map((version) => version.split('.').map(Number)) as [number[], number[]]
  const different = want.findIndex((part, index) => part !== (have[index] ?? 0))
  return different === -1 || (have[different] ?? 0) > (want[different] ?? 0)
}
