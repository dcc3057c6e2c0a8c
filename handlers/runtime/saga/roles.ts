import type { AnyContract } from '../contract.ts'
import type { SagaParts } from './builder.ts'

/** What a message means to a saga; an answer belongs to the step at index `at`. */
export interface Role {
  readonly contract: AnyContract
  readonly is: 'start' | 'cancel' | 'deadline' | 'done' | 'failed'
  readonly at: number
}

/** Every message that a saga waits for, with what it means. */
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
