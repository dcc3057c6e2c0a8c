import type { Client } from 'pg'
import { clientOf } from '#runtime/database/client.ts'
import type { Shop } from '../shop.ts'

/** Queries a handler's database over its own connection. @throws an error if the shop has no such database */
export async function inDatabase<Value>(
  databases: Shop['databases'],
  handler: string,
  read: (client: Client) => Promise<Value>,
): Promise<Value> {
  const url = databases[handler]
  if (url === undefined)
    throw new Error(`ledger: the shop’s system.json has no database of ${handler}: restart the shop with npm start`)
  const client = clientOf(url, { connectionTimeoutMillis: 5_000 })
  // A lost connection is reported by the query that fails; without a listener the event would end the process.
  client.on('error', () => {})
  await client.connect()
  try {
    return await read(client)
  } finally {
    await client.end()
  }
}
