import { atRate } from './pace.ts'

test('the next call starts when it is due, not when the last one has ended', async () => {
  const waiting: (() => void)[] = []
  await atRate({ count: 20, rate: 1_000, most: 100 }, () => {
    const work = new Promise<void>((done) => waiting.push(done))
    if (waiting.length === 20) waiting.forEach((done) => done())
    return work
  })

  expect(waiting).toHaveLength(20)
})

test('each call gets the time at which it was due, even when it starts late', async () => {
  const turns: number[] = []
  await atRate({ count: 4, rate: 1_000_000, most: 1 }, async (_, due) => void turns.push(due))

  const [first = 0] = turns
  expect(turns.map((turn) => Math.round((turn - first) * 1_000))).toEqual([0, 1, 2, 3])
})

test('no more than the maximum are under way', async () => {
  let [open, highest] = [0, 0]
  await atRate({ count: 50, rate: 100_000, most: 7 }, async () => {
    highest = Math.max(highest, ++open)
    await new Promise((done) => setImmediate(done))
    open--
  })

  expect(highest).toBe(7)
})

test('the first failure ends the run and is thrown once the calls under way have ended', async () => {
  let begun = 0
  const failing = atRate({ count: 1_000, rate: 1_000, most: 10 }, async (number) => {
    begun++
    if (number === 3) throw new Error('the third one')
  })

  await expect(failing).rejects.toThrow('the third one')
  expect(begun).toBeLessThan(1_000)
})
