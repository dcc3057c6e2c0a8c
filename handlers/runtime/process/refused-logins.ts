import { addressOf } from '../settings/address.ts'
import { loginsAt, refusedFor, type LoginTried } from '../settings/logins.ts'
import { LoginRefused } from './settings.ts'

/** The servers of a handler, and the variables with their URLs. */
const variables = { broker: 'AMQP_URL', database: 'DATABASE_URL' }

/**
 * Follows the logins of a handler at one of its servers.
 *
 * @param refused gets the reason to end when the server has refused every login for a minute
 */
export function followLogins(
  handler: string,
  server: keyof typeof variables,
  url: string,
  refused: (error: LoginRefused) => void,
): LoginTried {
  const { host, user } = addressOf(url)
  const variable = variables[server]
  const sentence =
    `${handler}: the ${server} at ${host} has refused the login of ${user} for ${refusedFor} s: ${variable} has an old password, ` +
    `or ${user} does not exist. A new process reads ${variable} again.`
  return loginsAt(() => refused(new LoginRefused(sentence)))
}
