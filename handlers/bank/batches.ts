import { setTimeout } from 'node:timers/promises'

/**
 * Group commit: runs items that arrive together as one batch. One batch runs at a time; items that arrive in the meantime form the next.
 * If `run` fails, every item of its batch gets the error.
 *
 * @param run returns the results of a batch, in its order
 * @param linger milliseconds that the first item waits for others
 * @param most items in one batch
 */
export function inBatches<Item, Answer>(
  run: (items: readonly Item[]) => Promise<readonly Answer[]>,
  { linger, most }: { linger: number; most: number },
): (item: Item) => Promise<Answer> {
  const waiting: { item: Item; resolve: (answer: Answer) => void; reject: (error: unknown) => void }[] = []
  let running = false

  async function work() {
    running = true
    while (waiting.length > 0) {
      if (waiting.length < most) await setTimeout(linger)
      const batch = waiting.splice(0, most)
      try {
        const answers = await run(batch.map(({ item }) => item))
        batch.forEach(({ resolve }, index) => resolve(answers[index]!))
      } catch (error) {
        batch.forEach(({ reject }) => reject(error))
      }
    }
    running = false
  }

  return (item) =>
    new Promise((resolve, reject) => {
      waiting.push({ item, resolve, reject })
      if (!running) void work()
    })
}
