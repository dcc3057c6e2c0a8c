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
    set[variable] ?? (value === '' ? place.secret(variable) : localised(value, place.hosts)),
  ])
  const httpAddress = place.hosts[manifest.name]
  return {
    ...(Object.fromEntries(named) as Record<string, string>),
    AMQP_URL: place.amqpUrl,
    ...(place.databaseUrl !== undefined && { DATABASE_URL: place.databaseUrl }),
    ...(manifest.http !== undefined && httpAddress && { HTTP_PORT: new URL(`http://${httpAddress}`).port }),
    METRICS_PORT: '0',
    BIND_ADDRESS: '127.0.0.1',
    ...(set['LOG_LEVEL'] !== undefined && { LOG_LEVEL: set['LOG_LEVEL'] }),
  }
}

/** The hosts in the URLs of a handler's variables: the handlers that it calls. */
export function calls(manifest: Manifest): string[] {
  return Object.values(manifest.env).flatMap((value) => (URL.canParse(value) ? [new URL(value).hostname] : []))
}

function localised(value: string, hosts: Place['hosts']): string {
  const { hostname, host } = URL.canParse(value) ? new URL(value) : { hostname: '', host: '' }
  const here = hosts[hostname]
  return here === undefined ? value : value.replace(host, here)
}
