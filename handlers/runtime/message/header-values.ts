/** Bytes of the longest text among a message's properties: a short string of AMQP 0-9-1. */
export const maxText = 255

/** A foreign value as a text that can be published again, even if it was made of bytes that are not UTF-8. */
export function shortText(value: unknown): string | undefined {
  return typeof value === 'string' && Buffer.byteLength(value) <= maxText ? value : undefined
}

/** A foreign value as a counter between `least` and a million; anything else is taken for `least`. */
export function count(value: unknown, least: number): number {
  return typeof value === 'number' && Number.isInteger(value) && value >= least && value <= 1_000_000 ? value : least
}

/** Cuts a text at a character, so that its UTF-8 is at most so many bytes long. */
export function cut(value: string, maxBytes: number): string {
  if (Buffer.byteLength(value) <= maxBytes) return value
  return Buffer.from(value)
    .subarray(0, maxBytes)
    .toString('utf8')
    .replace(/\ufffd$/, '')
}
