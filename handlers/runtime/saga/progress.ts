import type { Failure, Saga } from './builder.ts'

/** How far one saga has come: what its row holds. */
export interface Progress {
  readonly key: string
  readonly status: 'running' | 'done' | 'failed'
  /** The step in flight; once the saga has ended, the one that it stood on. */
  readonly step: string
  /** The data of the message that started it; `null` while only its cancellation has arrived. */
  readonly start: any
  /** What the steps have answered, by name. */
  readonly told: Readonly<Record<string, any>>
  readonly failure: Failure | null
  /** When the step in flight has had its time. */
  readonly deadline: Date
  /** How often it has moved. */
  readonly version: number
}

/** Whether a step has answered that it is done. */
export function isTold({ told }: Progress, step: string): boolean {
  return Object.hasOwn(told, step)
}

/** Whether the pivot's command is sent, so that there is no way back. */
export function isCommitted({ steps }: Saga, progress: Progress): boolean {
  const pivot = steps.findIndex((step) => step.pivot)
  return pivot !== -1 && steps.findIndex(({ name }) => name === progress.step) >= pivot
}

/** Until when a step that is sent now may take. */
export function deadlineFrom({ within }: Saga, now: Date): Date {
  return new Date(now.getTime() + within)
}
