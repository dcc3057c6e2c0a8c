import * as z from 'zod'
import type { Manifest } from '../manifest/schema.ts'
import { databaseUrl, Misconfigured } from '../process/settings.ts'
import { addressOf } from '../settings/address.ts'
import { given, wrongVariables } from '../settings/variables.ts'

/** A role of the database server. */
export interface Role {
  readonly name: string
  readonly password: string
}

export interface PrepareSettings {
  /** Of the handler's own role; `undefined` when the handler has no database. */
  readonly databaseUrl: string | undefined
  /** Of a user who may create roles and databases; `undefined` when they already exist. */
  readonly adminUrl: string | undefined
  /** The role that may only check whether a timer is due. */
  readonly scaler: Role | undefined
}

const variables = z
  .object({
    DATABASE_URL: databaseUrl,
    ADMIN_DATABASE_URL: databaseUrl.optional(),
    SCALER_USER: z.string().optional(),
    SCALER_PASSWORD: z.string().optional(),
  })
  .refine(({ SCALER_USER, SCALER_PASSWORD }) => SCALER_USER === undefined || SCALER_PASSWORD !== undefined, {
    path: ['SCALER_PASSWORD'],
    message: 'must be the password of SCALER_USER',
  })

/**
 * Reads the environment, once.
 *
 * @throws Misconfigured with one sentence per line for each wrong variable, which never reveals its value
 */
export function readPrepareSettings(environment: NodeJS.ProcessEnv, { name, database }: Manifest): PrepareSettings {
  if (!database) return { databaseUrl: undefined, adminUrl: undefined, scaler: undefined }
  const set = given(environment)
  const { data, error } = variables.safeParse(set)
  if (!data) {
    throw new Misconfigured(
      wrongVariables(error, set)
        .map((sentence) => `${name}: ${sentence}`)
        .join('\n'),
    )
  }
  const { DATABASE_URL, ADMIN_DATABASE_URL, SCALER_USER } = data
  // Untrimmed: KEDA reads the same Secret, and takes a line break at its end for a part of the password.
  const { SCALER_PASSWORD = '' } = environment
  return {
    databaseUrl: DATABASE_URL,
    adminUrl: ADMIN_DATABASE_URL,
    scaler: SCALER_USER === undefined ? undefined : { name: SCALER_USER, password: SCALER_PASSWORD },
  }
}

/** The role and the database that a URL names. */
export function namedBy(url: string): { role: Role; database: string } {
  const { user, password, path } = addressOf(url)
  return { role: { name: user, password }, database: path }
}
