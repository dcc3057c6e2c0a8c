import type { Manifest } from '#runtime/manifest/index.ts'

/** What a handler's process is told about the local world. */
export interface Place {
  /** With the handler's own user and password. */
  readonly amqpUrl: string
  readonly databaseUrl: string | undefined
  /** Where the hosts are that `handler.yaml` calls by their names in the cluster: host and port, by name. */
  readonly hosts: Readonly<Record<string, string>>
  readonly secret: (variable: string) => string
}

/**
 * The variables of a handler's process: as in the cluster, with addresses of this machine.
 * Of what `handler.yaml` names under `env`, the starter's own environment wins, an empty value is a secret that is made here,
 * and a URL of a host in `hosts` becomes a local one.
 */
export function environment(manifest: Manifest, place: Place, own: NodeJS.ProcessEnv): Record<string, string> {
  const named = Object.entries(manifest.env).map(([variable, value]) => [
    variable,
    own[variable] ?? (value === '' ? place.secret(variable) : localised(value, place.hosts)),
  ])
  const httpAddress = place.hosts[manifest.name]
  return {
    ...(Object.fromEntries(named) as Record<string, string>),
    AMQP_URL: place.amqpUrl,
    ...(place.databaseUrl !== undefined && { DATABASE_URL: place.databaseUrl }),
    ...(manifest.http !== undefined && httpAddress && { HTTP_PORT: new URL(`http://${httpAddress}`).port }),
    METRICS_PORT: '0',
    ...(own.LOG_LEVEL && { LOG_LEVEL: own.LOG_LEVEL }),
  }
}

/** The handlers that a handler's variables lead to. */
export function calls(manifest: Manifest): string[] {
  return Object.values(manifest.env).flatMap((value) => (URL.canParse(value) ? [new URL(value).hostname] : []))
}

function localised(value: string, hosts: Place['hosts']): string {
  const { hostname, host } = URL.canParse(value) ? new URL(value) : { hostname: '', host: '' }
  const here = hosts[hostname]
  return here === undefined ? value : value.replace(host, here)
}
