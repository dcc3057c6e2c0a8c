import { UpdateStock } from '#contracts'
import { handler, on, Reject } from 'warren'

/** What the supplier has of each product: its feed counts some products anew, and changes the count of others. */
export const stockFeed = () => [
  on(UpdateStock, async ({ sku, set, change }, { db }) => {
    if (set !== undefined) {
      await db.query(
        `insert into supplies (sku, quantity) values ($1, $2)
         on conflict (sku) do update set quantity = excluded.quantity, updates = supplies.updates + 1, changed_at = now()`,
        [sku, set],
      )
      return
    }
    const { rowCount } = await db.query(
      `update supplies set quantity = quantity + $2, updates = updates + 1, changed_at = now()
       where sku = $1 and quantity + $2 >= 0`,
      [sku, change],
    )
    if (rowCount === 0) throw new Reject(`the supplier never counted as many pieces of ${sku} as this change takes`)
  }),
]

export default handler({ subscriptions: stockFeed })
