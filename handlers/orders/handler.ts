import { follow, handler } from 'warren'
import { checkout } from './checkout.ts'

/** The life of an order is the flow in checkout.ts, from the command that places it to its confirmation or its end. */
export const orders = () => follow(checkout)

export default handler({ subscriptions: orders })
