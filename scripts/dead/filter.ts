import type { DeadLetter } from '#runtime/redrive/letter.ts'

/** Selects dead letters; an absent field matches every letter. */
export interface Filter {
  readonly type?: string | undefined
  /** The reason, or words of the error. */
  readonly error?: string | undefined
  readonly id?: string | undefined
}

export function matches(letter: DeadLetter, { type, error, id }: Filter): boolean {
  return (
    (type === undefined || letter.type === type) &&
    (id === undefined || letter.id === id) &&
    (error === undefined || letter.reason === error || letter.error.toLowerCase().includes(error.toLowerCase()))
  )
}
