import type { Message } from '../contract.ts'
import type { Later } from '../later.ts'
import { advance, type Advanced } from '../saga/advance.ts'
import type { Saga } from '../saga/builder.ts'

/** In a story: nobody answered, and the deadline passes. */
export const timeIsUp = Symbol('time is up')

type AnyMessage = Message

/** What happens to a saga in a story. */
export type Event = AnyMessage | typeof timeIsUp

/**
 * Tells a saga as a story:
 *
 *     given(checkout, placed, reserved).when(declined).then(ReleaseStock({ orderId }), OrderCancelled({ … }))
 *
 * `then` expects exactly these messages, in this order; the saga's own timer is left out. `then()` expects silence.
 */
export function given(saga: Saga, ...history: readonly Event[]) {
  const before = history.reduce((state, event) => happen(saga, state, event), nothing)
  return {
    when(event: Event) {
      const { outputs } = happen(saga, before, event)
      return {
        then(...expected: readonly AnyMessage[]): void {
          expect(outputs.filter((output) => !isTimer(saga, output)).map(inShort)).toEqual(expected.map(inShort))
        },
      }
    },
  }
}

const nothing: Advanced = { progress: undefined, outputs: [] }
const noon = new Date('2030-01-01T12:00:00Z')

function happen(saga: Saga, { progress }: Advanced, event: Event): Advanced {
  if (event !== timeIsUp) return advance(saga, progress, event, noon)
  if (!progress) throw new Error('the time of a saga that has not started cannot be up')
  return advance(saga, progress, saga.deadline({ [saga.key]: progress.key }), progress.deadline)
}

function isTimer({ deadline }: Saga, output: AnyMessage | Later): boolean {
  return 'due' in output && output.message.contract === deadline
}

/** Without the contract, which is a page of schema in a failed test. */
function inShort(output: AnyMessage | Later): object {
  if ('due' in output) return { ...output, message: inShort(output.message) }
  return { [output.contract.type]: output.data }
}
