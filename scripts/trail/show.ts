import type { Branch, Trail } from 'warren'
import { table } from '../cli/table.ts'
import { printable } from '../cli/terminal.ts'

/** The operations as text: each message below the one that led to it, with its time since the operation began. */
export function trailLines(trails: readonly Trail[]): string[] {
  return trails.flatMap(({ correlationId, began, messages, first }, index) => [
    ...(index === 0 ? [] : ['']),
    printable(
      `operation ${correlationId ?? '(without a correlation id)'}, began ${began.toISOString()}, ${messages} messages`,
    ),
    ...table(
      ['after', 'message', 'from'],
      first.flatMap((branch) => linesOf(branch, began, 0)),
    ),
  ])
}

function linesOf({ key, producer, at, ledTo }: Branch, began: Date, depth: number): string[][] {
  return [
    [`${((+at - +began) / 1_000).toFixed(3)} s`, `${'  '.repeat(depth)}${key}`, producer],
    ...ledTo.flatMap((branch) => linesOf(branch, began, depth + 1)),
  ]
}
