/** What is known of an order's points. A refund or a cancellation is final for it. */
export interface OrderPoints {
  /** In cents. */
  readonly total: number
  readonly points: number
  readonly status: 'earned' | 'returned' | 'cancelled'
}

/** The points of one customer, and the orders that they come from. */
export interface State {
  readonly points: number
  readonly orders: Readonly<Record<string, OrderPoints>>
}

export const nothing: State = { points: 0, orders: {} }

export type PointsCommand = { readonly orderId: string } & (
  | { readonly kind: 'confirmed'; readonly total: number }
  | { readonly kind: 'refunded'; readonly amount: number }
  | { readonly kind: 'cancelled' }
)

export type PointsEvent = { readonly orderId: string } & (
  | { readonly type: 'earned'; readonly total: number; readonly points: number }
  | { readonly type: 'taken back'; readonly points: number; readonly because: 'returned' | 'cancelled' }
  /** It was cancelled before its confirmation arrived, and earns nothing any more. */
  | { readonly type: 'barred' }
)
