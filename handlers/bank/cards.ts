/** The bank's behaviour for a card. Times are in milliseconds. */
export interface Card {
  /** The reason for declining. */
  declined?: string
  /** The delay before each answer. */
  delay?: number
  /** The number of first requests that fail: with `503` like a bank that is down, or with `500` like a bank that fails on this request. */
  fails?: { operation: 'authorizations' | 'captures'; times: number; status: 500 | 503 }
}

const cards: Record<string, Card> = {
  tok_visa: {},
  tok_mastercard: {},
  tok_declined: { declined: 'the card was declined' },
  tok_insufficient_funds: { declined: 'insufficient funds' },
  tok_slow: { delay: 2_000 },
  tok_flaky: { fails: { operation: 'authorizations', times: 1, status: 503 } },
  tok_down: { fails: { operation: 'authorizations', times: Infinity, status: 503 } },
  tok_error: { fails: { operation: 'authorizations', times: Infinity, status: 500 } },
}

/**
 * The behaviour of the test cards. In addition to the fixed ones, the capture of `tok_capture_fails_<n>` is answered with 500 n times, and
 * the capture of `tok_capture_down_<n>` with 503.
 */
export function behaviour(token: string): Card {
  const [, how, times] = /^tok_capture_(fails|down)_(\d{1,4})$/.exec(token) ?? []
  if (how) return { fails: { operation: 'captures', times: Number(times), status: how === 'fails' ? 500 : 503 } }
  return cards[token] ?? { declined: 'the card is unknown' }
}
