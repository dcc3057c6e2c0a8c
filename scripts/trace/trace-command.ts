import type { Command, Values } from '../cli/command.ts'
import { flag, operand, text } from '../cli/options.ts'

const options = {
  id: operand({ value: 'id', meaning: 'a message id, a correlation id, or the id of an order or of another saga' }),
  json: flag('print one JSON object for each operation'),
  data: text({ value: 'folder', default: '.warren', meaning: 'the data folder of the running system' }),
}

export const traceCommand: Command<typeof options> = {
  name: 'npm run trace',
  summary: 'Shows each message of an operation and where it is now; changes nothing.',
  options,
  notes: `It reads the databases of the handlers, and looks at retry tiers and dead letters without removing anything. What a handler's own
queue contains cannot be looked at without taking it from the handler: a message that is in no other place is in that queue or in hand.`,
}

export type TraceRequest = Values<typeof options>
