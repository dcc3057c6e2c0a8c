import { handler } from '#runtime'
import { listener } from './http.ts'

/**
 * Stands in for the payment provider; `POST /authorizations`, `/captures`, `/voids`, `/refunds` with an `Idempotency-Key`,
 * `GET /book` for whoever checks, `PUT /outage` to see what happens without it. What each test card does: `cards.ts`.
 * It asks for no password: it holds no money.
 */
export default handler({ subscriptions: () => [], serve: (_, world) => listener(world) })
