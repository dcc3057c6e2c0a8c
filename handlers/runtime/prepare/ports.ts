import type { Handler, World } from '../handler.ts'
import { createLog } from '../observe/log.ts'
import type { Manifest } from '../manifest/schema.ts'
import { Misconfigured, ownVariables } from '../process/settings.ts'

/**
 * The ports of a handler outside its processes: if they cannot be created without values that only the processes have, ports that
 * do nothing.
 *
 * @throws Misconfigured when the handler reads a variable that its `handler.yaml` does not name
 */
export function portsWithoutWorld<Ports>(definition: Handler<Ports>, manifest: Manifest): Ports {
  const world: World = {
    env: ownVariables(process.env, manifest),
    read: never,
    submit: never,
    ask: never,
    log: createLog(manifest.name, 'silent'),
  }
  try {
    return definition.ports(world)
  } catch (error) {
    if (error instanceof Misconfigured) throw error
    return anything as Ports
  }
}

function never(): Promise<never> {
  return new Promise(() => undefined)
}

/** Every property of it exists, and every call on it succeeds. */
const anything: unknown = new Proxy(() => undefined, {
  get: (_, key) => (typeof key === 'symbol' ? undefined : anything),
  apply: () => anything,
})
