import * as fc from 'fast-check'
import { partitionOf, partitionWord, partitionWords, wordsOf } from './partition.ts'

test('the word of a key is the first byte of its SHA-256 modulo 64, for ever', () => {
  expect([partitionWord(''), partitionWord('MUG-BLUE'), partitionWord('Ärmel')]).toEqual(['p35', 'p06', 'p24'])
})

test('every word belongs to exactly one of so many partitions, and its routing key leads there', () => {
  fc.assert(
    fc.property(fc.integer({ min: 2, max: partitionWords }), fc.string(), (partitions, key) => {
      const shares = Array.from({ length: partitions }, (_, index) => wordsOf(index, partitions))
      expect(new Set(shares.flat()).size).toBe(partitionWords)
      expect(shares.flat()).toHaveLength(partitionWords)
      const word = partitionWord(key)
      expect(shares[partitionOf(`stock.update.v1.eu.${word}`, partitions)!]).toContain(word)
    }),
  )
})

test('a routing key without such a word belongs to no partition', () => {
  for (const key of ['stock.update.v1', 'stock.update.v1.p64', 'stock.update.v1.p7', 'stock.update.v1.xp07'])
    expect(partitionOf(key, 8)).toBeUndefined()
})
