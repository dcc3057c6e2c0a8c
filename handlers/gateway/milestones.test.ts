import { cancelRequested, milestones, pivot } from './milestones.ts'

test('no two kinds of messages share a rank', () => {
  const ranks = [cancelRequested, ...milestones].map(({ rank }) => rank)
  expect(new Set(ranks).size).toBe(ranks.length)
})

test('the milestones that end an order outrank all others', () => {
  const ends = milestones.filter(({ status }) => status === 'confirmed' || status === 'cancelled')
  const others = milestones.filter((milestone) => !ends.includes(milestone))
  expect(Math.min(...ends.map(({ rank }) => rank))).toBeGreaterThan(Math.max(...others.map(({ rank }) => rank)))
})

test('an order can be cancelled until its shipment is scheduled', () => {
  const before = milestones.filter(({ rank, status }) => status && rank < pivot).map(({ step }) => step)
  expect(before).toEqual(['order', 'stock', 'payment'])
})
