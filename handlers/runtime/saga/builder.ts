import * as z from 'zod'
import { timer, type AnyContract, type DataOf, type MessageOf } from '../contract.ts'
import { milliseconds, type Duration } from '../duration.ts'
import type { Returned } from '../outputs.ts'
import { contradiction } from './check.ts'
import { rolesOf, type Failure, type Saga, type SagaParts, type SagaStep, type TooLate } from './saga.ts'

/** A contract whose data holds at least these fields. */
type Holding<Fields> = AnyContract & { readonly schema: { readonly _output: Fields } }

/** The name itself, or a sentence with the reason why no further step may have it. */
type Unused<Name extends string, Told> = Name extends keyof Told
  ? `two steps are named ${Name}`
  : Name extends 'cancel' | 'deadline'
    ? `${Name} names a failure without a step`
    : Name

/** A saga under construction. `Told` is what the steps so far have answered, by the step's name. */
export interface Flow<Start, Outputs extends readonly AnyContract[], Key extends string, Told extends object> {
  /** The messages to publish when the saga starts, before its first step. */
  started(say: (start: Start) => Returned<Outputs>): Flow<Start, Outputs, Key, Told>

  /**
   * The next step: `send` a command, wait for `done` or `failed`.
   *
   * - `undo` takes back what a done step did; it may use that step's own answer
   * - `pivot`: once its command is sent the saga only goes forward; until then it can fail, be cancelled and be undone
   *
   * Sagas in flight continue by the name of their step: one that is on a later step never runs a step that was inserted before it,
   * so `told` lacks that answer.
   */
  step<const Name extends string, Done extends Holding<Record<Key, string>>>(
    name: Unused<Name, Told>,
    step: {
      send: (start: Start, told: Told) => MessageOf<Outputs[number]>
      done: Done
      failed?: Holding<Record<Key | 'reason', string>>
      undo?: (start: Start, told: Told & Record<Name, DataOf<Done>>) => Returned<Outputs>
      pivot?: true
    },
  ): Flow<Start, Outputs, Key, Told & Record<Name, DataOf<Done>>>

  /**
   * The command that cancels: before the pivot everything is undone; later, the messages of `refused` are published instead.
   * A cancellation that arrives before its saga starts is kept: the saga then fails as it starts.
   */
  cancel(
    contract: Holding<Record<Key | 'reason', string>>,
    otherwise: { refused: (start: Start, where: TooLate<keyof Told & string>) => Returned<Outputs> },
  ): Flow<Start, Outputs, Key, Told>

  /** The messages to publish when every step is done. */
  onDone(say: (start: Start, told: Told) => Returned<Outputs>): {
    /** The messages to publish when the saga fails, after the commands that undo its steps. `told` holds the answers until then. */
    onFailed(say: (start: Start, failure: Failure<keyof Told & string>, told: Partial<Told>) => Returned<Outputs>): Saga
  }
}

/**
 * Defines a business flow across several handlers, each undo beside its step.
 *
 * @param start the message that starts it; its data is kept and given to every function
 * @param outputs every message that its functions may return; another one is a compile error
 * @param options.name the name of its rows and its deadline: a name that is in use cannot be changed
 * @param options.key the field that identifies the saga; every message that the saga waits for has it
 * @param options.within how long one answer may take. Guards against a lost participant, not a slow one: before the
 *   pivot the saga fails, later the command is sent again, and an error is logged
 * @throws TypeError when the flow contradicts itself
 */
export function saga<
  const Key extends string,
  Start extends Holding<Record<Key, string>>,
  const Outputs extends readonly AnyContract[],
>(
  start: Start,
  outputs: Outputs,
  options: { name: string; key: Key; within?: Duration },
): Flow<DataOf<Start>, Outputs, Key, Record<never, never>> {
  const { name, key, within = '30m' } = options
  const deadline = timer(`${name}.deadline.v1`, { [key]: z.string() })

  const flow = (parts: Omit<SagaParts, 'onDone' | 'onFailed'>): Flow<any, any, any, any> => ({
    started: (started) => flow({ ...parts, started }),
    step: (name, step) => flow({ ...parts, steps: [...parts.steps, { name, ...(step as Omit<SagaStep, 'name'>) }] }),
    cancel: (cancel, { refused }) => flow({ ...parts, cancel, refused }),
    onDone: (onDone) => ({
      onFailed: (onFailed) => whole({ ...parts, onDone, onFailed }),
    }),
  })
  return flow({ name, start, outputs, key, within: milliseconds(within), deadline, steps: [] })
}

function whole(parts: SagaParts): Saga {
  const wrong = contradiction(parts)
  if (wrong !== undefined) throw new TypeError(`saga ${parts.name}: ${wrong}`)
  return { ...parts, roles: new Map(rolesOf(parts).map((role) => [role.contract.type, role])) }
}
