import { escapeIdentifier, escapeLiteral, type Client } from 'pg'
import type { Role } from './settings.ts'

/**
 * Makes sure that a role exists, may log in and has this password.
 *
 * @param admin may create roles; need not be a superuser
 */
export async function makeRole(admin: Client, { name, password }: Role): Promise<void> {
  await inTurn(admin, name, async () => {
    const { rowCount } = await admin.query('select 1 from pg_roles where rolname = $1', [name])
    const role = escapeIdentifier(name)
    await admin.query(`${rowCount ? 'alter' : 'create'} role ${role} login password ${escapeLiteral(password)}`)
  })
}

/**
 * Makes sure that a database exists, belongs to a role, and is closed to all others.
 *
 * @param admin may create databases; need not be a superuser
 */
export async function makeDatabase(admin: Client, name: string, owner: string): Promise<void> {
  await inTurn(admin, name, async () => {
    const [database, role] = [escapeIdentifier(name), escapeIdentifier(owner)]
    // Only a member of a role may make it the owner of a database, and only a superuser counts as a member of every role.
    const { rowCount: superuser } = await admin.query(
      `select 1 from pg_roles where rolname = current_user and rolsuper`,
    )
    if (!superuser) await admin.query(`grant ${role} to current_user`)
    const { rowCount } = await admin.query('select 1 from pg_database where datname = $1', [name])
    await admin.query(
      rowCount ? `alter database ${database} owner to ${role}` : `create database ${database} owner ${role}`,
    )
    await admin.query(`revoke all on database ${database} from public`)
  })
}

/**
 * Lets a role see whether a timer is due, and nothing else.
 *
 * @param owner a connection to the database as its owner
 */
export async function letLookAtTimers(owner: Client, role: string): Promise<void> {
  await inTurn(owner, role, async () => {
    const reader = escapeIdentifier(role)
    const { rows } = await owner.query<{ name: string }>('select current_database() as name')
    await owner.query(`grant connect on database ${escapeIdentifier(rows[0]?.name ?? '')} to ${reader}`)
    await owner.query(`grant usage on schema public to ${reader}`)
    await owner.query(`grant select on due_timers to ${reader}`)
  })
}

/** Serialises runs: two that create the same object at once would fail on each other's partial work. */
async function inTurn(client: Client, name: string, work: () => Promise<void>): Promise<void> {
  const lock = ['warren', name]
  await client.query('select pg_advisory_lock(hashtext($1), hashtext($2))', lock)
  try {
    await work()
  } finally {
    await client.query('select pg_advisory_unlock(hashtext($1), hashtext($2))', lock)
  }
}
