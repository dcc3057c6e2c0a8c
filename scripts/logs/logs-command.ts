import type { Command, Values } from '../cli/command.ts'
import { count, flag, oneOf, operands, text } from '../cli/options.ts'

/** From the least to the most urgent, with the numbers of pino. */
export const levels = { debug: 20, info: 30, warn: 40, error: 50 } as const
type Level = keyof typeof levels

const optionsFor = (handlers: readonly string[]) => ({
  handlers: operands({ value: 'handler', meaning: 'only those of these handlers' }, handlers),
  follow: flag('go on with new lines, until Ctrl-C'),
  lines: count({ default: 100, meaning: 'the latest so many of all handlers together' }),
  level: oneOf(Object.keys(levels) as Level[], {
    value: 'level',
    meaning: 'only those of this level and above: debug, info, warn or error',
  }),
  data: text({ value: 'folder', default: '.warren', meaning: 'the data folder of the system' }),
})

type Options = ReturnType<typeof optionsFor>

/** @param handlers those that the system has */
export function logsCommand(handlers: readonly string[]): Command<Options> {
  return {
    name: 'npm run logs',
    summary: 'Prints what the handlers of npm start have logged in this run, in the order of time.',
    options: optionsFor(handlers),
    environment: { NO_COLOR: 'when set, no colours' },
    notes: `The files in <folder>/logs are JSON, one object a line; those of earlier runs are in logs.1 to logs.3. With LOG_LEVEL=debug,
npm start logs a line for each handled message. In a cluster: kubectl logs deployment/<handler> --follow | npx pino-pretty`,
  }
}

export type LogsOptions = Values<Options>
