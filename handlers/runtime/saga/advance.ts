import type { AnyContract } from '../contract.ts'
import type { AnyOutput, Later } from '../later.ts'
import { list } from '../outputs.ts'
import type { Failure, Progress, Saga, SagaStep } from './saga.ts'

export interface Advanced {
  /** The very same object if the message changed nothing. */
  readonly progress: Progress | undefined
  readonly outputs: readonly AnyOutput[]
  /** The deadline passed after the pivot, which needs the attention of an operator. */
  readonly stuck?: true
}

/**
 * Applies one message to a saga and returns its progress and its outputs. Pure: no broker, no database, no clock.
 *
 * - an answer to the step in flight sends the next step, or ends the saga
 * - a refusal, a cancellation or a deadline before the pivot undoes the steps that are done, the last one first
 * - an answer that arrives after that is undone on arrival
 * - duplicates, and answers to steps that are not in flight, change nothing
 */
export function advance(
  saga: Saga,
  progress: Progress | undefined,
  { contract, data }: { contract: AnyContract; data: any },
  now: Date,
): Advanced {
  const role = saga.roles.get(contract.type)
  switch (role?.is) {
    case 'start':
      return start(saga, progress, data, now)
    case 'done':
      return done(saga, progress, saga.steps[role.at]!, data, now)
    case 'failed':
      return failed(saga, progress, saga.steps[role.at]!, data)
    case 'cancel':
      return cancel(saga, progress, data, now)
    case 'deadline':
      return deadline(saga, progress, now)
    case undefined:
      throw new TypeError(`saga ${saga.name} does not wait for ${contract.type}`)
  }
}

function start(saga: Saga, progress: Progress | undefined, data: any, now: Date): Advanced {
  if (progress?.start) return unchanged(progress)
  const started = list(saga.started?.(data))
  if (progress?.failure) {
    return moved({ ...progress, start: data }, [...started, ...list(saga.onFailed(data, progress.failure, {}))])
  }
  const first = saga.steps[0]!
  const begun: Progress = {
    key: data[saga.key],
    status: 'running',
    step: first.name,
    start: data,
    told: {},
    failure: null,
    deadline: deadlineFrom(saga, now),
    version: 0,
  }
  return moved(begun, [...started, first.send(data, begun.told), timerOf(saga, begun)])
}

function done(saga: Saga, progress: Progress | undefined, step: SagaStep, answer: any, now: Date): Advanced {
  if (progress?.step !== step.name || isTold(progress, step.name)) return unchanged(progress)

  const { start, status } = progress
  const told = { ...progress.told, [step.name]: answer }
  // Too late: undone, and recorded so that a duplicate of the answer is not undone again.
  if (status === 'failed') return moved({ ...progress, told }, list(step.undo?.(start, told)))

  const next = saga.steps[saga.steps.indexOf(step) + 1]
  if (!next) return moved({ ...progress, told, status: 'done' }, list(saga.onDone(start, told)))
  return moved({ ...progress, told, step: next.name, deadline: deadlineFrom(saga, now) }, [next.send(start, told)])
}

function failed(saga: Saga, progress: Progress | undefined, step: SagaStep, { reason }: { reason: string }): Advanced {
  if (progress?.status !== 'running' || progress.step !== step.name) return unchanged(progress)
  return fail(saga, progress, { step: step.name, reason })
}

function cancel(saga: Saga, progress: Progress | undefined, data: any, now: Date): Advanced {
  const failure: Failure = { step: 'cancel', reason: data.reason }
  if (!progress) {
    const key = data[saga.key]
    return moved(
      { key, status: 'failed', step: 'cancel', start: null, told: {}, failure, deadline: now, version: 0 },
      [],
    )
  }
  if (!progress.start) return unchanged(progress)
  if (progress.status === 'running' && !isCommitted(saga, progress)) return fail(saga, progress, failure)
  return { progress, outputs: list(saga.refused?.(progress.start, { status: progress.status, step: progress.step })) }
}

function deadline(saga: Saga, progress: Progress | undefined, now: Date): Advanced {
  if (progress?.status !== 'running') return unchanged(progress)
  // A step moves the deadline in the saga's row alone: to move the timer as well would cost every step an index entry.
  if (now < progress.deadline) return { progress, outputs: [timerOf(saga, progress)] }
  if (!isCommitted(saga, progress)) {
    return fail(saga, progress, { step: 'deadline', reason: `${progress.step} was not answered in time` })
  }
  const step = saga.steps.find(({ name }) => name === progress.step)!
  const again = { ...progress, deadline: deadlineFrom(saga, now) }
  return { ...moved(again, [step.send(progress.start, progress.told), timerOf(saga, again)]), stuck: true }
}

function fail(saga: Saga, progress: Progress, failure: Failure): Advanced {
  const { start, told } = progress
  const undone = saga.steps
    .filter(({ name }) => isTold(progress, name))
    .reverse()
    .flatMap(({ undo }) => list(undo?.(start, told)))
  return moved({ ...progress, status: 'failed', failure }, [...undone, ...list(saga.onFailed(start, failure, told))])
}

function moved(progress: Progress, outputs: readonly AnyOutput[]): Advanced {
  return { progress: { ...progress, version: progress.version + 1 }, outputs }
}

function unchanged(progress: Progress | undefined): Advanced {
  return { progress, outputs: [] }
}

function timerOf(saga: Saga, { key, deadline }: Progress): Later {
  return { due: deadline, message: saga.deadline({ [saga.key]: key }), name: timerName(saga, key) }
}

/** The name of a saga's timer, by which it is deleted when the saga ends. */
export function timerName({ name }: Saga, key: string): string {
  return `${name}:${key}`
}

/** Whether a step has answered that it is done. */
function isTold({ told }: Progress, step: string): boolean {
  return Object.hasOwn(told, step)
}

/** Whether the pivot's command has been sent, after which the saga can only go forward. */
function isCommitted({ steps }: Saga, progress: Progress): boolean {
  const pivot = steps.findIndex((step) => step.pivot)
  return pivot !== -1 && steps.findIndex(({ name }) => name === progress.step) >= pivot
}

/** The deadline of a step that is sent now. */
function deadlineFrom({ within }: Saga, now: Date): Date {
  return new Date(now.getTime() + within)
}
