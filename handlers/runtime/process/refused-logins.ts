import { addressOf } from '../settings/address.ts'
import { loginsAt, refusedFor, type LoginTried } from '../settings/logins.ts'
import { LoginRefused } from './settings.ts'

/** The servers of a handler, and how the variables with their URLs and passwords begin. */
const variables = { broker: 'AMQP', database: 'DATABASE' }

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
    `${handler}: the ${server} at ${host} has refused the login of ${user} for ${refusedFor} s: the password in ${variable}_URL or ` +
    `${variable}_PASSWORD is not the current one, or ${user} does not exist. A new process reads both again.`
  return loginsAt(() => refused(new LoginRefused(sentence)))
}
