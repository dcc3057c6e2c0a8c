import { printable } from '../cli/terminal.ts'
import type { Survey } from './against-shop.ts'

/** What a survey has found, for a person or, as one object a line, for a program. */
export function surveyLines({ checked, lost, unread }: Survey, json: boolean): string[] {
  if (json) return [...lost.map((each) => JSON.stringify(each)), JSON.stringify({ checked, unread })]
  const sum = lost.reduce((all, { count }) => all + count, 0)
  return [
    ...lost.map(({ place, type, why, count, example = 'without an id' }) =>
      printable(`${place}: ${count} × ${type}: ${why} (such as ${example})`),
    ),
    ...unread.map((sentence) => `not looked at: ${sentence}`),
    `${checked} messages checked, ${sum} of which today's contracts do not take.`,
  ]
}
