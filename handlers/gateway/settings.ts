import * as z from 'zod'

const schema = z.object({
  AUTH_SECRET: z.string().min(32, 'AUTH_SECRET must have at least 32 characters: it signs the tokens of customers'),
  RATE_LIMIT: z
    .string()
    .regex(/^[1-9][0-9]{0,8}$/, 'RATE_LIMIT must be a whole number of requests per minute, at least 1'),
  ADMIN_ROUTES: z.enum(['on', 'off'], 'ADMIN_ROUTES must be on or off'),
})

/** The gateway's settings from its environment. */
export interface Settings {
  readonly secret: string
  /** Requests per minute, for each customer and for each address. */
  readonly rateLimit: number
  /** Whether the routes under `/api/admin` exist. */
  readonly adminRoutes: boolean
}

/** Reads the environment once. Throws an error that names the invalid variable. */
export function settings(env: Readonly<Record<string, string>>): Settings {
  const checked = schema.safeParse(env)
  if (!checked.success) throw new TypeError(checked.error.issues.map(({ message }) => message).join('; '))
  const { AUTH_SECRET: secret, RATE_LIMIT, ADMIN_ROUTES } = checked.data
  return { secret, rateLimit: Number(RATE_LIMIT), adminRoutes: ADMIN_ROUTES === 'on' }
}
