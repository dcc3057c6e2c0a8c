import * as z from 'zod'
import type { Manifest } from '../manifest/schema.ts'

/** Wrong configuration: one line for a person, and exit code 78 (EX_CONFIG of sysexits.h). */
export class Misconfigured extends Error {
  override readonly name = 'Misconfigured'
  static readonly exitCode = 78
}

export interface Settings {
  readonly amqpUrl: string
  readonly user: string
  readonly databaseUrl: string | undefined
  readonly metricsPort: number
  readonly httpPort: number | undefined
  readonly logLevel: string
  readonly version: string
  readonly env: Readonly<Record<string, string>>
}

const port = z.coerce.number().int().min(0).max(65_535)
const variables = z.object({
  AMQP_URL: z.url({ protocol: /^amqps?$/ }),
  DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/ }).optional(),
  METRICS_PORT: port.default(9090),
  HTTP_PORT: port.optional(),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  HANDLER_VERSION: z.string().max(128).default('local'),
})

/** Reads the environment, once. Throws `Misconfigured` with a sentence that names the variable and never its value: it may be a secret. */
export function readSettings(environment: NodeJS.ProcessEnv, manifest: Manifest): Settings {
  const { data, error } = variables.safeParse(environment)
  if (!data) {
    const [issue] = error.issues
    const name = issue?.path.join('.') ?? 'the environment'
    const missing = environment[name] === undefined
    throw new Misconfigured(`${manifest.name}: ${name} ${missing ? 'is missing' : `is wrong: ${issue?.message}`}`)
  }
  if (manifest.database && data.DATABASE_URL === undefined) {
    throw new Misconfigured(`${manifest.name}: DATABASE_URL is missing, and handler.yaml says database: true`)
  }
  return {
    amqpUrl: data.AMQP_URL,
    user: decodeURIComponent(new URL(data.AMQP_URL).username),
    databaseUrl: manifest.database ? data.DATABASE_URL : undefined,
    metricsPort: data.METRICS_PORT,
    httpPort: manifest.http === undefined ? undefined : (data.HTTP_PORT ?? manifest.http),
    logLevel: data.LOG_LEVEL,
    version: data.HANDLER_VERSION,
    env: ownVariables(environment, manifest),
  }
}

/** The variables that `handler.yaml` names; asking for another one is a mistake that shows at start. */
function ownVariables(environment: NodeJS.ProcessEnv, { name, env }: Manifest): Readonly<Record<string, string>> {
  const values: Record<string, string> = {}
  for (const [key, value] of Object.entries(env)) values[key] = environment[key] ?? value
  return new Proxy(values, {
    get(target, key) {
      if (typeof key === 'string' && Object.hasOwn(target, key)) return target[key]
      throw new Misconfigured(`${name}: ${String(key)} is not named under env in handlers/${name}/handler.yaml`)
    },
  })
}
