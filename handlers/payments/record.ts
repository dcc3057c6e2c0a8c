import { Reject, TooEarly, type Db } from 'warren'

interface Payment {
  orderId: string
  authorizationId: string
}

/** Records reserved money. A repeated command finds the row and changes nothing. */
export async function authorized(db: Db, payment: Payment & { amount: number; currency: string }) {
  await db.query(
    `insert into payments (order_id, authorization_id, amount, currency) values ($1, $2, $3, $4)
     on conflict (order_id) do nothing`,
    [payment.orderId, payment.authorizationId, payment.amount, payment.currency],
  )
}

/** Records captured money. */
export async function captured(db: Db, payment: Payment & { amount: number }) {
  const { rowCount } = await db.query(
    `update payments set status = 'captured', captured = $3, version = version + 1, changed_at = now()
     where order_id = $1 and authorization_id = $2 and status = 'authorized'`,
    [payment.orderId, payment.authorizationId, payment.amount],
  )
  if (rowCount === 0) await expect(db, payment, ['captured', 'refunded'])
}

/** Records that the reservation was released. */
export async function voided(db: Db, payment: Payment) {
  const { rowCount } = await db.query(
    `update payments set status = 'voided', version = version + 1, changed_at = now()
     where order_id = $1 and authorization_id = $2 and status = 'authorized'`,
    [payment.orderId, payment.authorizationId],
  )
  if (rowCount === 0) await expect(db, payment, ['voided'])
}

/** Records refunded money: once per order, in full or in part. */
export async function refunded(db: Db, payment: Payment & { amount: number }) {
  const { rowCount } = await db.query(
    `update payments set status = 'refunded', refunded = $3, version = version + 1, changed_at = now()
     where order_id = $1 and authorization_id = $2 and status = 'captured'`,
    [payment.orderId, payment.authorizationId, payment.amount],
  )
  if (rowCount === 0) await expect(db, payment, ['refunded'])
}

/**
 * Explains why a statement changed nothing. It is fine if an earlier command made the same change. A payment that does not exist yet is
 * waited for; a payment in a state that contradicts the bank needs a person.
 */
async function expect(db: Db, { orderId, authorizationId }: Payment, already: string[]) {
  const { rows } = await db.query<{ status: string }>(
    'select status from payments where order_id = $1 and authorization_id = $2',
    [orderId, authorizationId],
  )
  const status = rows[0]?.status
  if (!status) throw new TooEarly(`payments: order ${orderId} has no authorization ${authorizationId} yet`)
  if (!already.includes(status)) {
    throw new Reject(
      `payments: order ${orderId} is ${status}, but the bank says ${already[0]}: compare it with the bank's book`,
    )
  }
}
