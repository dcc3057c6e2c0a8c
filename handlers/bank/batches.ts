import { setTimeout } from 'node:timers/promises'

/**
 * Handles what comes together in one go: a group commit. One batch runs at a time; what comes meanwhile makes the next one.
 * If `run` fails, everybody in its batch gets the error.
 *
 * @param run answers a batch, in its order
 * @param linger milliseconds that the first one waits for company
 * @param most in one batch
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
