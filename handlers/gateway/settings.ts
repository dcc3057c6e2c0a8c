import * as z from 'zod'

const schema = z.object({
  AUTH_SECRET: z.string().min(32, 'AUTH_SECRET must have at least 32 characters: it signs the tokens of customers'),
  RATE_LIMIT: z
    .string()
    .regex(/^[1-9][0-9]{0,8}$/, 'RATE_LIMIT must be a whole number of requests per minute, at least 1'),
})

/** The gateway's settings from its environment. */
export interface Settings {
  readonly secret: string
  /** Requests per minute, for each customer and for each address. */
  readonly rateLimit: number
}

/** Reads the environment once. Throws an error that names the invalid variable. */
export function settings(env: Readonly<Record<string, string>>): Settings {
  const checked = schema.safeParse(env)
  if (!checked.success) throw new TypeError(checked.error.issues.map(({ message }) => message).join('; '))
  return { secret: checked.data.AUTH_SECRET, rateLimit: Number(checked.data.RATE_LIMIT) }
}
