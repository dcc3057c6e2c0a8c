import * as z from 'zod'
import type { World } from '../handler.ts'
import type { Manifest } from '../manifest/schema.ts'

/** Wrong configuration: one line for each mistake, and exit code 78 (EX_CONFIG of sysexits.h). */
export class Misconfigured extends Error {
  override readonly name = 'Misconfigured'
  static readonly exitCode = 78
}

/** Ends the process with the sentences of an error on standard error: code 78 for wrong configuration, 1 for everything else. */
export function endWith(error: unknown): never {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exit(error instanceof Misconfigured ? Misconfigured.exitCode : 1)
}

export interface Settings {
  readonly amqpUrl: string
  readonly user: string
  readonly databaseUrl: string | undefined
  readonly metricsPort: number
  readonly httpPort: number | undefined
  readonly logLevel: string
  readonly version: string
  readonly env: World['env']
}

const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const
const port = z
  .string()
  .refine((text) => /^\d{1,5}$/.test(text) && Number(text) <= 65_535, 'must be a port, from 0 to 65535')
  .transform(Number)

const variables = z.object({
  // Without a user the client uses `guest`, and the broker refuses messages in the name of another user.
  AMQP_URL: url(['amqp:', 'amqps:'], 'amqp://user:password@host:5672/vhost', ({ username }) => username !== ''),
  DATABASE_URL: url(['postgres:', 'postgresql:'], 'postgres://user:password@host:5432/database').optional(),
  METRICS_PORT: port.default(9090),
  HTTP_PORT: port.optional(),
  LOG_LEVEL: z.enum(logLevels, `must be one of ${logLevels.join(', ')}`).default('info'),
  HANDLER_VERSION: z.string().max(128, 'must have at most 128 characters').default('local'),
})

/**
 * Reads the environment, once; an empty variable counts as missing.
 *
 * @throws Misconfigured with one sentence per line for each wrong variable, which names it but never its value: it may be a secret
 */
export function readSettings(environment: NodeJS.ProcessEnv, manifest: Manifest): Settings {
  const set = withoutEmpty(environment)
  const { data, error } = variables.safeParse(set)
  const wrong = error ? wrongVariables(error, set) : []
  if (manifest.database && set['DATABASE_URL'] === undefined)
    wrong.push('DATABASE_URL is missing, but handler.yaml sets database: true')
  if (wrong.length > 0 || !data) {
    throw new Misconfigured(wrong.map((sentence) => `${manifest.name}: ${sentence}`).join('\n'))
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

/** The variables that have a value: an empty one counts as missing. */
export function withoutEmpty(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''))
}

/** One sentence for each wrong or missing variable, which never reveals its value: it may be a secret. */
export function wrongVariables({ issues }: z.ZodError, set: NodeJS.ProcessEnv): string[] {
  return issues.map(({ path, message }) => {
    const variable = path.join('.')
    return set[variable] === undefined ? `${variable} is missing: it ${message}` : `${variable} ${message}`
  })
}

export function url(protocols: readonly string[], example: string, complete: (url: URL) => boolean = () => true) {
  const sentence = `must be a URL such as ${example}`
  return z.string(sentence).refine((text) => {
    try {
      const url = new URL(text)
      // A percent sign that encodes nothing would throw later, in a client and with the password in its message.
      for (const part of [url.username, url.password, url.pathname]) decodeURIComponent(part)
      return protocols.includes(url.protocol) && complete(url)
    } catch {
      return false
    }
  }, sentence)
}

/** Reads the variables that `handler.yaml` names under `env`; a name that is not listed is an error at start. */
export function ownVariables(environment: NodeJS.ProcessEnv, { name, env }: Manifest): World['env'] {
  return (variable) => {
    if (!Object.hasOwn(env, variable)) {
      throw new Misconfigured(`handlers/${name}/handler.yaml: env must name ${variable}, which handler.ts reads`)
    }
    return environment[variable] ?? env[variable]!
  }
}
