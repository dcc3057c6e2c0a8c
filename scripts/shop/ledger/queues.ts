import type { Books, Queue } from './books.ts'
import { count, sum, type Verdict } from './verdict.ts'

/** Everything sent has arrived: the handlers' queues and those in which retries wait are empty. */
export function queuesAreEmpty({ queues }: Books): Verdict {
  const working = queues.filter(({ drains }) => drains)
  return {
    promise: 'nothing is left in a queue or waits for a retry',
    figures: count(working.length, 'queue'),
    breaches: working
      .filter((queue) => held(queue) > 0)
      .map(
        ({ name, ready, unacknowledged }) => `${name} holds ${count(ready, 'message')} and ${unacknowledged} in hand`,
      ),
  }
}

/** Nothing failed for good. */
export function nothingIsDead({ queues }: Books): Verdict {
  const dead = queues.filter(({ drains }) => !drains)
  return {
    promise: 'no message is dead or unrouted',
    figures: count(sum(dead, held), 'message'),
    breaches: dead
      .filter((queue) => held(queue) > 0)
      .map((queue) => `${queue.name} holds ${count(held(queue), 'message')}: see \`npm run dead -- list\``),
  }
}

function held({ ready, unacknowledged }: Queue): number {
  return ready + unacknowledged
}
