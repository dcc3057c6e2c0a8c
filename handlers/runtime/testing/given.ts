import { deepStrictEqual } from 'node:assert'
import type { Message } from '../contract.ts'
import type { AnyOutput } from '../later.ts'
import { isMessage } from '../outputs.ts'
import { advance, type Advanced } from '../saga/advance.ts'
import type { Saga } from '../saga/saga.ts'

/** In a story: no answer arrives, and the deadline passes. */
export const timeIsUp = Symbol('time is up')

/** What happens to a saga in a story. */
export type Event = Message | typeof timeIsUp

/**
 * Tells a saga as a story. `then` expects exactly these messages, in this order; the saga's own timer is left out, and `then()`
 * expects no message. It throws an `AssertionError` of Node.js with the difference, so every test runner can show it.
 *
 * @example
 * given(checkout, placed, reserved).when(declined).then(ReleaseStock({ orderId }), OrderCancelled({ orderId, reason }))
 *
 * @example
 * given(checkout, placed).when(timeIsUp).then(OrderCancelled({ orderId, reason: 'stock was not answered in time' }))
 */
export function given(saga: Saga, ...history: readonly Event[]) {
  const before = history.reduce((state, event) => happen(saga, state, event), nothing)
  return {
    when(event: Event) {
      const { outputs } = happen(saga, before, event)
      return {
        then(...expected: readonly Message[]): void {
          const sent = outputs.filter((output) => !isTimer(saga, output))
          deepStrictEqual(sent.map(inShort), expected.map(inShort))
        },
      }
    },
  }
}

const nothing: Advanced = { progress: undefined, outputs: [] }
const noon = new Date('2030-01-01T12:00:00Z')

function happen(saga: Saga, { progress }: Advanced, event: Event): Advanced {
  if (event !== timeIsUp) return advance(saga, progress, event, noon)
  if (!progress) throw new Error('timeIsUp: the saga has not started, so it has no deadline')
  return advance(saga, progress, saga.deadline({ [saga.key]: progress.key }), progress.deadline)
}

function isTimer({ deadline }: Saga, output: AnyOutput): boolean {
  return 'due' in output && output.message.contract === deadline
}

/** Without the contract, which is a page of schema in a failed test. */
function inShort(output: AnyOutput): object {
  if (!isMessage(output)) return output
  if ('due' in output) return { ...output, message: inShort(output.message) }
  return { [output.contract.type]: output.data }
}
