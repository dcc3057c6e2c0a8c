import type { AnyContract, Message, MessageOf } from './contract.ts'
import type { AnyOutput, Cancel, Later } from './later.ts'

/** What a handler may return: nothing, one message, or several; now or later; or the end of one that waits. */
export type Returned<Outputs extends readonly AnyContract[]> =
  void | undefined | Output<Outputs> | readonly Output<Outputs>[]
type Output<Outputs extends readonly AnyContract[]> =
  MessageOf<Outputs[number]> | Later<MessageOf<Outputs[number]>> | Cancel

/**
 * `unknown` when the list of outputs names all that a function returns, else a sentence that names what it lacks. As a part of
 * the function's type, the sentence is what the compiler prints first.
 */
export type Listed<Made, Outputs extends readonly AnyContract[]> = 0 extends 1 & Made
  ? unknown
  : [Unlisted<Each<Made>, Outputs>] extends [never]
    ? unknown
    : Unlisted<Each<Made>, Outputs>

type Unlisted<Output, Outputs extends readonly AnyContract[]> = Output extends
  void | undefined | Cancel | MessageOf<Outputs[number]>
  ? never
  : Output extends Message<infer Type>
    ? `${Type} is returned, but not in the list of outputs`
    : 'a handler returns messages: call a contract to make one'

/** One message of what a function returns; anything else as it is. */
type Each<Made> = Made extends readonly (infer Element)[] ? Now<Element> : Now<Made>
type Now<Made> = Made extends Later<infer Output> ? Output : Made

/** What a handler returned, as a list. */
export function list(returned: void | undefined | AnyOutput | readonly AnyOutput[]): readonly AnyOutput[] {
  if (!returned) return []
  return Array.isArray(returned) ? returned : [returned as AnyOutput]
}

/** Whether an output is a message, now or later. */
export function isMessage(output: AnyOutput): output is Message | Later {
  return 'contract' in output || 'due' in output
}

/** What is wrong with something that a handler returned, as the rest of a sentence; undefined if it is a message. */
export function noMessage(output: unknown): string | undefined {
  if (typeof output === 'object' && output !== null && outputMarks.some((mark) => mark in output)) return undefined
  if (output === undefined || output === null) return `${output} in its list: leave it out`
  if (typeof (output as { then?: unknown }).then === 'function') return 'a promise in its list: await it'
  if (typeof output === 'function' && 'schema' in output && 'type' in output)
    return `the contract of ${String(output.type)}: call it with the data of a message`
  return `${shortened(output)}, which is no message: call a contract to make one`
}

/** A property that only this kind of output has. */
const outputMarks = ['contract', 'due', 'cancels', 'run'] as const

function shortened(value: unknown): string {
  try {
    const text = JSON.stringify(value) ?? typeof value
    return text.length > 80 ? `${text.slice(0, 80)}…` : text
  } catch {
    return typeof value
  }
}
