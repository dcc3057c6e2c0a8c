/** Bytes of the longest string among a message's properties: a short string of AMQP 0-9-1. */
export const maxText = 255

/** An arrived value as a string that can be published again, even if it was decoded from bytes that are not UTF-8. */
export function shortText(value: unknown): string | undefined {
  return typeof value === 'string' && Buffer.byteLength(value) <= maxText ? value : undefined
}

/** An arrived value as a counter between `least` and a million; anything else counts as `least`. */
export function count(value: unknown, least: number): number {
  return typeof value === 'number' && Number.isInteger(value) && value >= least && value <= 1_000_000 ? value : least
}

/** Truncates a string at a character, so that its UTF-8 is at most `maxBytes` long. */
export function cut(value: string, maxBytes: number): string {
  if (Buffer.byteLength(value) <= maxBytes) return value
  return Buffer.from(value)
    .subarray(0, maxBytes)
    .toString('utf8')
    .replace(/\ufffd$/, '')
}
