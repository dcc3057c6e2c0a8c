import { createHash } from 'node:crypto'

/** How many words there are, and so how many queues a handler can have at most. It can never change: the words are in routing keys. */
export const partitionWords = 64

/**
 * The last word of the routing key of a partitioned message, `p00` to `p63`: the first byte of the key's SHA-256 (UTF-8), modulo 64.
 * Part of the wire format: a producer in another language must make the same.
 */
export function partitionWord(key: string): string {
  return word((createHash('sha256').update(key).digest()[0] ?? 0) % partitionWords)
}

/** The words of one of so many partitions: every word belongs to one of them. */
export function wordsOf(partition: number, partitions: number): string[] {
  return Array.from({ length: partitionWords }, (_, index) => index)
    .filter((index) => index % partitions === partition)
    .map(word)
}

/** The partition that a routing key belongs to; undefined if its last word is none. */
export function partitionOf(routingKey: string, partitions: number): number | undefined {
  const [, digits] = /\.p([0-5][0-9]|6[0-3])$/.exec(routingKey) ?? []
  return digits === undefined ? undefined : Number(digits) % partitions
}

function word(index: number): string {
  return `p${String(index).padStart(2, '0')}`
}
