import { handler } from 'warren'
import { listener } from './http.ts'

/**
 * Stands in for the payment provider; `POST /authorizations`, `/captures`, `/voids`, `/refunds` with an `Idempotency-Key`,
 * `GET /book` returns its books to auditors, `PUT /outage` takes it down. `cards.ts` lists the effect of each test card.
 * It asks for no password: it holds no money.
 */
export default handler({ subscriptions: () => [], serve: (_, world) => listener(world) })
