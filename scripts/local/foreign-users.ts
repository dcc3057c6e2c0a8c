import { askBroker, type ManagementUser } from '../inspect/management.ts'

interface Permission {
  readonly user: string
  readonly vhost: string
}

/**
 * Refuses a broker on which another system has users of the same names. A user of RabbitMQ belongs to the whole broker, so a second system
 * in another virtual host would change the passwords of the first one.
 *
 * @param users the names of the users of this system
 * @throws an error that names the other virtual host and the ways out
 */
export async function refuseForeignUsers(
  admin: ManagementUser,
  vhost: string,
  users: readonly string[],
): Promise<void> {
  const permissions = await askBroker<readonly Permission[]>(admin, 'permissions')
  const foreign = permissions.filter((permission) => users.includes(permission.user) && permission.vhost !== vhost)
  const [first] = foreign
  if (!first) return
  const names = foreign.filter((permission) => permission.vhost === first.vhost).map(({ user }) => user)
  throw new Error(
    `the broker at ${admin.url} serves another system, in the virtual host ${first.vhost}: a user of RabbitMQ belongs to the whole broker, so this system would change the passwords of ${names.sort().join(', ')}. ` +
      `Use another broker, set the path of AMQP_URL to /${encodeURIComponent(first.vhost)} if that system is this one, or delete that virtual host with everything in it: rabbitmqctl delete_vhost ${first.vhost}`,
  )
}
