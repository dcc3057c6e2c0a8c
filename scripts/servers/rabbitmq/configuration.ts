import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** The ports of the node; all on loopback. */
export interface Ports {
  readonly amqp: number
  readonly management: number
  readonly epmd: number
  readonly distribution: number
}

/** The only user before definitions are imported. */
export interface Admin {
  readonly user: string
  readonly password: string
}

/** Writes the node's configuration into its folder. A new node creates its administrator from it; an existing one keeps its own. */
export function configure(folder: string, listen: { address: string; amqp: number; management: number }): Admin {
  mkdirSync(folder, { recursive: true })
  const admin = { user: 'admin', password: secret(join(folder, 'admin-password')) }
  writeFileSync(
    join(folder, 'rabbitmq.conf'),
    [
      `listeners.tcp.local = ${listen.address}:${listen.amqp}`,
      `management.tcp.ip = ${listen.address}`,
      `management.tcp.port = ${listen.management}`,
      `default_user = ${admin.user}`,
      `default_pass = ${admin.password}`,
      'loopback_users = none',
      // The local scaler needs queue totals that are at most a second old.
      'collect_statistics_interval = 1000',
      '',
    ].join('\n'),
    { mode: 0o600 },
  )
  writeFileSync(join(folder, 'advanced.config'), '[{rabbit, [{quorum_tick_interval, 1000}]}].\n')
  writeFileSync(join(folder, 'enabled_plugins'), '[rabbitmq_management].\n')
  return admin
}

function secret(file: string) {
  if (!existsSync(file)) writeFileSync(file, randomBytes(18).toString('hex'), { mode: 0o600 })
  return readFileSync(file, 'utf8')
}
