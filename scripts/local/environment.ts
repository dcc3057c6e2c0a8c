import type { Manifest } from '#runtime/manifest/index.ts'
import { given } from '#runtime/settings/variables.ts'

/** The addresses and secrets that a handler's process needs on this machine. */
export interface Place {
  /** With the handler's own user and password. */
  readonly amqpUrl: string
  readonly databaseUrl: string | undefined
  /** Host and port of each host that `handler.yaml` refers to by its name in the cluster. */
  readonly hosts: Readonly<Record<string, string>>
  readonly secret: (variable: string) => string
}

/**
 * The environment variables of a handler's process: as in the cluster, with addresses of this machine.
 * For each variable under `env` in `handler.yaml`, the environment of `npm start` takes precedence, an empty value becomes a
 * generated secret, and the URL of a host in `hosts` becomes a local one.
 */
export function environment(manifest: Manifest, place: Place, own: NodeJS.ProcessEnv): Record<string, string> {
  const set = given(own)
  const named = Object.entries(manifest.env).map(([variable, value]) => [
    variable,
    set[variable] ?? localised(value, place.hosts),
  ])
  const httpAddress = place.hosts[manifest.name]
  return {
    ...(Object.fromEntries(named) as Record<string, string>),
    ...secretsOf(manifest, place.secret, own),
    AMQP_URL: place.amqpUrl,
    ...(place.databaseUrl !== undefined && { DATABASE_URL: place.databaseUrl }),
    ...(manifest.http !== undefined && httpAddress && { HTTP_PORT: new URL(`http://${httpAddress}`).port }),
    METRICS_PORT: '0',
    BIND_ADDRESS: '127.0.0.1',
    ...(set['LOG_LEVEL'] !== undefined && { LOG_LEVEL: set['LOG_LEVEL'] }),
    ...(set['SIMULATED_FAILURES'] !== undefined &&
      manifest.hears.includes('failure.simulated.v1') && { SIMULATED_FAILURES: set['SIMULATED_FAILURES'] }),
  }
}

/**
 * The variables that a `handler.yaml` leaves empty, with their values: those of the environment of `npm start`, or generated ones.
 *
 * @param secret generates the value of a name once, and keeps it
 */
export function secretsOf({ env }: Manifest, secret: Place['secret'], own: NodeJS.ProcessEnv): Record<string, string> {
  const set = given(own)
  const empty = Object.entries(env).filter(([, value]) => value === '')
  return Object.fromEntries(empty.map(([variable]) => [variable, set[variable] ?? secret(variable)]))
}

function localised(value: string, hosts: Place['hosts']): string {
  const { hostname, host } = URL.canParse(value) ? new URL(value) : { hostname: '', host: '' }
  const here = hosts[hostname]
  return here === undefined ? value : value.replace(host, here)
}
