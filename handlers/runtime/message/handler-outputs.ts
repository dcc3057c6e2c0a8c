import { Reject } from '../failures.ts'
import { isOwnName, type AnyOutput } from '../later.ts'
import type { Received } from '../on.ts'
import { noMessage } from '../outputs.ts'
import { header } from './headers.ts'
import { limits } from './limits.ts'
import { nextRunOf } from './next-run.ts'
import { noOutputs, outgoing, outputId, timerId, type Outgoing, type Outputs, type Timer } from './outgoing.ts'
import { childSpan } from './trace.ts'

/** The properties that outputs inherit from the message that led to them. */
export type Cause = Pick<Received, 'id' | 'correlationId' | 'attempt' | 'priority'> & { readonly traceparent: string }

/** The publishing handler, and the types that its `handler.yaml` lets it publish: `emits`, `sends`, `announces` and `notifies`. */
export interface Producer {
  readonly handler: string
  readonly mayPublish: ReadonlySet<string>
}

/**
 * Turns what a handler returned into messages whose ids depend on nothing but their cause: UUIDv5 of (cause, handler, index).
 * So a message that is handled again leads to the same messages again, and their consumers drop the repeats.
 *
 * @param now the time by the clock of the handler, in milliseconds
 * @throws Error for a message that the handler does not declare: the broker would refuse it after the commit; and for what is none
 */
export function outputsOf(
  returned: readonly AnyOutput[],
  { handler, mayPublish }: Producer,
  cause: Cause,
  now: number,
): Outputs {
  if (returned.length === 0) return noOutputs
  if (returned.length > limits.outputs) {
    throw new Reject(`${handler}: one message may lead to ${limits.outputs} others at most (got ${returned.length})`)
  }
  const headers: Outgoing['headers'] = {
    [header.causationId]: cause.id,
    [header.publishedAt]: now,
    [header.traceparent]: childSpan(cause.traceparent, cause.id),
    ...(cause.attempt > 1 && { [header.causeAttempts]: cause.attempt }),
  }
  const publish: Outgoing[] = []
  let timers: Timer[] = []
  const sent: string[] = []
  const freed: string[] = []
  const free = (name: string) => {
    freed.push(name)
    timers = timers.filter((earlier) => earlier.name !== name)
  }
  for (const output of returned) {
    const flaw = noMessage(output)
    if (flaw !== undefined) throw new TypeError(`handlers/${handler}/handler.ts returned ${flaw}`)
    if ('cancels' in output) {
      free(output.cancels)
      continue
    }
    if ('run' in output) {
      timers.push(nextRunOf(output))
      continue
    }
    // Its position among the messages, so that a trace can follow it: nothing else is recorded.
    const id = outputId(cause.id, handler, sent.length)
    const { kind, type } = ('due' in output ? output.message : output).contract
    if (kind !== 'timer' && kind !== 'question' && !mayPublish.has(type))
      throw new Error(undeclared(handler, kind, type))
    if ('due' in output) {
      const due = 'after' in output.due ? now + output.due.after : Math.max(now, output.due.getTime())
      const message = outgoing(
        output.message,
        id,
        cause.correlationId,
        { ...headers, [header.publishedAt]: due },
        cause.priority,
      )
      if (output.name !== undefined && isOwnName(output.name)) free(output.name)
      timers.push({ id: timerId(id), due: output.due, name: output.name ?? null, message })
      sent.push(`@${message.key}`)
    } else {
      const message = outgoing(output, id, cause.correlationId, headers, cause.priority)
      publish.push(message)
      sent.push(message.key)
    }
  }
  return { publish, timers, sent, freed }
}

function undeclared(handler: string, kind: string, type: string): string {
  const list =
    kind === 'event' ? 'emits' : kind === 'broadcast' ? 'announces' : kind === 'notification' ? 'notifies' : 'sends'
  return `handlers/${handler}/handler.ts returned ${type}, which handlers/${handler}/handler.yaml does not list: add it to ${list} and to the outputs in handler.ts`
}
