/** How the bank treats a card. Times are milliseconds. */
export interface Card {
  /** Why it says no. */
  declined?: string
  /** It thinks this long before it answers. */
  delay?: number
  /** The first so many requests fail: `503` as a bank that is down, `500` as a bank that stumbles over this request. */
  fails?: { operation: 'authorizations' | 'captures'; times: number; status: 500 | 503 }
}

const cards: Record<string, Card> = {
  tok_visa: {},
  tok_mastercard: {},
  tok_declined: { declined: 'the card was declined' },
  tok_insufficient_funds: { declined: 'there is not enough money on the card' },
  tok_slow: { delay: 2_000 },
  tok_flaky: { fails: { operation: 'authorizations', times: 1, status: 503 } },
  tok_down: { fails: { operation: 'authorizations', times: Infinity, status: 503 } },
  tok_error: { fails: { operation: 'authorizations', times: Infinity, status: 500 } },
}

/**
 * What the test cards do. Beside the fixed ones there are
 * `tok_capture_fails_<n>`, whose capture is answered with 500 n times, and `tok_capture_down_<n>`, with 503.
 */
export function behaviour(token: string): Card {
  const [, how, times] = /^tok_capture_(fails|down)_(\d{1,4})$/.exec(token) ?? []
  if (how) return { fails: { operation: 'captures', times: Number(times), status: how === 'fails' ? 500 : 503 } }
  return cards[token] ?? { declined: 'the card is not known' }
}
