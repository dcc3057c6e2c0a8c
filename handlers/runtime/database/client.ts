import pg from 'pg'
import { addressOf } from '../settings/address.ts'

/**
 * A client of the database that a URL names. It depends on the URL and these options alone: for what they leave out, pg would read
 * `PGHOST`, `PGOPTIONS`, `PGSSLMODE` and others from the environment, and `~/.pgpass`.
 */
export function clientOf(url: string, options: Omit<pg.ClientConfig, 'connectionString'> = {}): pg.Client {
  const { path } = addressOf(url)
  const client = withoutVariables(() => new pg.Client({ ...options, connectionString: new URL(url).href }))
  const { connectionParameters, password } = client as unknown as Parsed
  // pg leaves %2F and the like in the name of a database as they are.
  if (path !== '') client.database = connectionParameters.database = path
  // Without any password it looks for one in `~/.pgpass`.
  if (password === null) client.password = ''
  return client
}

/** A pool of such clients. */
export function poolOf(url: string, options: Omit<pg.PoolConfig, 'connectionString'> = {}): pg.Pool {
  // Not an arrow function: the pool calls it with `new`, and the client that it returns takes the place of the new object.
  function Client(clientOptions: pg.ClientConfig): pg.Client {
    return clientOf(url, clientOptions)
  }
  return new pg.Pool({ ...options, Client: Client as unknown as new () => pg.ClientBase })
}

/** Whether the server has refused role and password, or does not let this role in. */
export function isLoginRefused(error: unknown): boolean {
  const { code } = (error ?? {}) as { code?: unknown }
  return code === '28P01' || code === '28000'
}

interface Parsed {
  readonly connectionParameters: { database?: string | undefined }
  readonly password: string | null
}

/** pg reads its variables while it creates a client, and only then. */
function withoutVariables<Value>(create: () => Value): Value {
  const { env } = process
  process.env = Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('PG')))
  try {
    return create()
  } finally {
    process.env = env
  }
}
