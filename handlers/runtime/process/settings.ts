import * as z from 'zod'
import type { World } from '../handler.ts'
import { placeOf } from '../manifest/place.ts'
import type { Manifest } from '../manifest/schema.ts'
import { addressOf } from '../settings/address.ts'
import { FailureSimulated } from '../simulated-failure.ts'
import { given, serverUrl, wrongVariables } from '../settings/variables.ts'

/** Wrong configuration: one line for each mistake, and exit code 78 (EX_CONFIG of sysexits.h). */
export class Misconfigured extends Error {
  override readonly name = 'Misconfigured'
  static readonly exitCode = 78
}

/** A server has not accepted the login for too long: one line, and exit code 77 (EX_NOPERM of sysexits.h). */
export class LoginRefused extends Error {
  override readonly name = 'LoginRefused'
  static readonly exitCode = 77
}

/** Ends the process with the sentences of an error on standard error: code 78 or 77 as named above, 1 for everything else. */
export function endWith(error: unknown): never {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  const known = [Misconfigured, LoginRefused].find((kind) => error instanceof kind)
  process.exit(known?.exitCode ?? 1)
}

export interface Settings {
  readonly amqpUrl: string
  readonly user: string
  readonly databaseUrl: string | undefined
  readonly metricsPort: number
  readonly httpPort: number | undefined
  /** Of the network interface on which its ports are open; of all by default. */
  readonly address: string | undefined
  readonly logLevel: string
  /** Whether its processes fail as `FailureSimulated` asks them to. */
  readonly simulatedFailures: boolean
  readonly version: string
  readonly env: World['env']
}

const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const
const port = z
  .string()
  .refine((text) => /^\d{1,5}$/.test(text) && Number(text) <= 65_535, 'must be a port, from 0 to 65535')
  .transform(Number)

/** The URL of a role and its database: what it lacks would come from the account that runs the process. */
export const databaseUrl = serverUrl(
  ['postgres:', 'postgresql:'],
  'postgres://user:password@host:5432/database',
  ({ username, pathname }) => username !== '' && pathname.length > 1,
)

const variables = z.object({
  // Without a user the client uses `guest`, and the broker refuses messages in the name of another user.
  AMQP_URL: serverUrl(['amqp:', 'amqps:'], 'amqp://user:password@host:5672/vhost', ({ username }) => username !== ''),
  DATABASE_URL: databaseUrl.optional(),
  METRICS_PORT: port.default(9090),
  HTTP_PORT: port.optional(),
  BIND_ADDRESS: z.union([z.ipv4(), z.ipv6()], 'must be an IP address such as 127.0.0.1').optional(),
  LOG_LEVEL: z.enum(logLevels, `must be one of ${logLevels.join(', ')}`).default('info'),
  SIMULATED_FAILURES: z.enum(['on', 'off'], 'must be on or off').default('off'),
  HANDLER_VERSION: z.string().max(128, 'must have at most 128 characters').default('local'),
})

/**
 * Reads the environment, once.
 *
 * @throws Misconfigured with one sentence per line for each wrong variable, which names it but never its value: it may be a secret
 */
export function readSettings(environment: NodeJS.ProcessEnv, manifest: Manifest): Settings {
  const set = given(environment)
  const { data, error } = variables.safeParse(set)
  const wrong = error ? wrongVariables(error, set) : []
  if (manifest.database && set['DATABASE_URL'] === undefined)
    wrong.push('DATABASE_URL is missing, but handler.yaml sets database: true')
  wrong.push(...missingOwn(set, manifest))
  if (data?.SIMULATED_FAILURES === 'on' && !manifest.hears.includes(FailureSimulated.type))
    wrong.push(`SIMULATED_FAILURES is on, but hears in handler.yaml does not name ${FailureSimulated.type}: add it`)
  const httpPort = manifest.http === undefined ? undefined : (data?.HTTP_PORT ?? manifest.http)
  if (httpPort !== undefined && httpPort !== 0 && httpPort === data?.METRICS_PORT)
    wrong.push(`HTTP_PORT and METRICS_PORT must differ (both are ${httpPort})`)
  if (wrong.length > 0 || !data) {
    throw new Misconfigured(wrong.map((sentence) => `${manifest.name}: ${sentence}`).join('\n'))
  }
  return {
    amqpUrl: data.AMQP_URL,
    user: addressOf(data.AMQP_URL).user,
    databaseUrl: manifest.database ? data.DATABASE_URL : undefined,
    metricsPort: data.METRICS_PORT,
    httpPort,
    address: data.BIND_ADDRESS,
    logLevel: data.LOG_LEVEL,
    simulatedFailures: data.SIMULATED_FAILURES === 'on',
    version: data.HANDLER_VERSION,
    env: ownVariables(environment, manifest),
  }
}

/** Variables of the handler itself without any value: one that is empty in `handler.yaml` gets its value from the environment. */
function missingOwn(set: NodeJS.ProcessEnv, { env }: Manifest): string[] {
  return Object.entries(env).flatMap(([variable, value]) =>
    value === '' && set[variable] === undefined
      ? [`${variable} is missing: handler.yaml names it without a value`]
      : [],
  )
}

/** Reads the variables that `handler.yaml` names under `env`; a name that is not listed is an error at start. */
export function ownVariables(environment: NodeJS.ProcessEnv, manifest: Manifest): World['env'] {
  const { env } = manifest
  const set = given(environment)
  return (variable) => {
    if (!Object.hasOwn(env, variable)) {
      throw new Misconfigured(`${placeOf(manifest, 'env')}: env must name ${variable}, which handler.ts reads`)
    }
    return set[variable] ?? env[variable]!
  }
}
