import type { ChannelModel } from 'amqplib'
import { isLoginRefused, logIn } from '#runtime/broker/login.ts'
import { addressOf } from '#runtime/settings/address.ts'
import { given, serverUrl, wrongVariables } from '#runtime/settings/variables.ts'
import * as z from 'zod'
import { findSystem, readSystem } from '../inspect/system.ts'
import type { Request } from './dead-command.ts'

/** A broker, and how it was chosen. */
export interface Chosen {
  readonly url: string
  readonly why: string
}

const variables = z.object({ AMQP_URL: serverUrl(['amqp:', 'amqps:'], 'amqp://operator:password@host:5672/vhost') })

/**
 * The broker whose dead letters are meant: that of the system that runs in the data folder; without one, or with `--outside`, that of
 * `AMQP_URL`.
 *
 * @throws an error that names the variable or the file, and the way out
 */
export function chooseBroker(
  { data, outside }: Pick<Request, 'data' | 'outside'>,
  environment: NodeJS.ProcessEnv,
): Chosen {
  const set = given(environment)
  const system = outside ? undefined : findSystem(data)
  if (system) {
    const other = set['AMQP_URL'] === undefined ? '' : ' (--outside selects that of AMQP_URL)'
    return { url: system.amqpUrl, why: `the system in ${data}${other}` }
  }
  if (set['AMQP_URL'] === undefined && !outside) return { url: readSystem(data).amqpUrl, why: `the system in ${data}` }
  const { data: read, error } = variables.safeParse(set)
  if (error) throw new Error(wrongVariables(error, set).join('\n'))
  return { url: read.AMQP_URL, why: 'AMQP_URL' }
}

/** @param say gets the sentence that names the broker */
export async function connectTo({ url, why }: Chosen, say: (sentence: string) => void): Promise<ChannelModel> {
  const { host, user } = addressOf(url)
  say(`Broker of ${why}: ${host}`)
  try {
    return await logIn(url)
  } catch (cause) {
    const reason = (cause as Error).message
    throw new Error(
      isLoginRefused(cause)
        ? `the broker at ${host} refuses the login of ${user}: the password is not the current one, or ${user} does not exist there`
        : `the broker at ${host} cannot be used: ${reason}`,
      { cause },
    )
  }
}
