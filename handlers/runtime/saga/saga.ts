import type { AnyContract, Message } from '../contract.ts'
import type { AnyOutput } from '../later.ts'

/** Why a saga failed: the step that was refused, `cancel`, or `deadline`; and the reason in words. */
export interface Failure<Step extends string = string> {
  readonly step: Step | 'cancel' | 'deadline'
  readonly reason: string
}

/** Where a saga stood when a cancellation came too late. */
export interface TooLate<Step extends string = string> {
  readonly status: 'running' | 'done' | 'failed'
  readonly step: Step
}

type Say<Arguments extends readonly unknown[]> = (...given: Arguments) => void | AnyOutput | readonly AnyOutput[]

export interface SagaStep {
  readonly name: string
  readonly send: (start: any, told: any) => Message
  readonly done: AnyContract
  readonly failed?: AnyContract
  readonly undo?: Say<[start: any, told: any]>
  readonly pivot?: true
}

/** A saga as data, without anything derived from it. */
export interface SagaParts {
  readonly name: string
  readonly start: AnyContract
  readonly outputs: readonly AnyContract[]
  /** The field that all messages of one saga share. */
  readonly key: string
  /** How long an answer may take, in milliseconds. */
  readonly within: number
  /** Delivered to the saga when its deadline may have passed. */
  readonly deadline: AnyContract
  readonly started?: Say<[start: any]>
  readonly steps: readonly SagaStep[]
  readonly cancel?: AnyContract
  readonly refused?: Say<[start: any, where: TooLate]>
  readonly onDone: Say<[start: any, told: any]>
  readonly onFailed: Say<[start: any, failure: Failure, told: any]>
}

/** A whole saga, for `advance` and `follow`. */
export interface Saga extends SagaParts {
  /** The role of each message, by type. */
  readonly roles: ReadonlyMap<string, Role>
}

/** The role of a message in a saga; an answer belongs to the step at index `at`. */
export interface Role {
  readonly contract: AnyContract
  readonly is: 'start' | 'cancel' | 'deadline' | 'done' | 'failed'
  readonly at: number
}

/** The progress of one saga: the content of its row. */
export interface Progress {
  readonly key: string
  readonly status: 'running' | 'done' | 'failed'
  /** The step in flight; once the saga has ended, its last one. */
  readonly step: string
  /** The data of the message that started it; `null` while only its cancellation has arrived. */
  readonly start: any
  /** The answers of the steps, by name. */
  readonly told: Readonly<Record<string, any>>
  readonly failure: Failure | null
  /** The time by which the step in flight must be answered. */
  readonly deadline: Date
  /** The number of moves so far. */
  readonly version: number
}

/** Every message that a saga waits for, with its role. */
export function rolesOf({ start, cancel, deadline, steps }: SagaParts): Role[] {
  return [
    { contract: start, is: 'start', at: -1 },
    ...(cancel ? [{ contract: cancel, is: 'cancel', at: -1 } as const] : []),
    { contract: deadline, is: 'deadline', at: -1 },
    ...steps.flatMap(({ done, failed }, at): Role[] => [
      { contract: done, is: 'done', at },
      ...(failed ? [{ contract: failed, is: 'failed', at } as const] : []),
    ]),
  ]
}
