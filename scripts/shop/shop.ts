import { databasesOf, type System } from '../inspect/system.ts'

/** The running shop as `load` and the ledger need it: its gateway, its bank, and what they can read of its books. */
export interface Shop {
  readonly gatewayUrl: string
  /** The key with which the gateway verifies bearer tokens (HS256). */
  readonly authSecret: string
  /** With the operator's user and password, and the virtual host. */
  readonly amqpUrl: string
  readonly managementUrl: string
  readonly databases: Readonly<Record<string, string>>
  readonly bankUrl: string
  readonly mails: string
}

/** The gateway of a running shop. @throws a sentence if the running system is not the shop */
export function gatewayOf({ handlers }: System): Pick<Shop, 'gatewayUrl' | 'authSecret'> {
  const { url, secrets } = handlers['gateway'] ?? { secrets: {} }
  const authSecret = secrets['AUTH_SECRET']
  if (url !== undefined && authSecret !== undefined) return { gatewayUrl: url, authSecret }
  throw new Error('the running system has no gateway with an AUTH_SECRET: it is not the shop that takes these orders')
}

/** A shop with all parts whose books can be compared. @throws an error that names the missing parts */
export function wholeShop(system: System): Shop {
  const { amqpUrl, managementUrl, handlers, mails } = system
  const bankUrl = handlers['bank']?.url
  const databases = databasesOf(system)
  if (bankUrl !== undefined && mails !== undefined && Object.keys(databases).length > 0)
    return { ...gatewayOf(system), amqpUrl, managementUrl, databases, bankUrl, mails }
  const parts = { bank: bankUrl, 'mail sink': mails, 'database server': Object.keys(databases)[0] }
  const missing = Object.entries(parts).flatMap(([part, place]) => (place === undefined ? [part] : []))
  throw new Error(`the shop has no ${missing.join(', no ')} of its own, so its books cannot be compared`)
}
