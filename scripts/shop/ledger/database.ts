import { Client } from 'pg'
import type { Shop } from '../../inspect/shop.ts'

/** Reads in a handler's database over a connection of its own. Throws a sentence when the shop has no such database. */
export async function inDatabase<Value>(
  databases: Shop['databases'],
  handler: string,
  read: (client: Client) => Promise<Value>,
): Promise<Value> {
  const url = databases[handler]
  if (url === undefined)
    throw new Error(`ledger: the shop’s shop.json names no database of ${handler}; start the shop again with npm start`)
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 5_000 })
  // A connection that is lost is told by the query that fails; told twice, it would end the process.
  client.on('error', () => {})
  await client.connect()
  try {
    return await read(client)
  } finally {
    await client.end()
  }
}
