import type { Command, Values } from '../cli/command.ts'
import { count, flag, oneOf, operand, text } from '../cli/options.ts'
import type { Filter } from './filter.ts'
import { unrouted } from '#runtime/topology/index.ts'

const verbs = {
  list: 'counts them by handler, type and reason; changes nothing',
  show: 'prints headers, body and error, of 10 unless --limit is given; changes nothing',
  redrive: 'sends them back to the handler they came from, under the same id',
  discard: 'removes them from the queue for good and keeps a copy in .warren/discarded.jsonl',
}

const optionsFor = (handlers: readonly string[]) => ({
  verb: operand({ value: 'command', meaning: 'what to do with them:', choices: verbs }),
  handler: oneOf(handlers, {
    value: 'name',
    meaning: 'only those of this handler; unrouted for messages without a queue',
  }),
  type: text({ value: 'type', meaning: 'only those of this type, such as payment.authorize.v1' }),
  error: text({
    value: 'words',
    meaning: 'only those with this reason (exhausted, malformed, …) or these words in the error',
  }),
  id: text({ value: 'id', meaning: 'only the one with this message id' }),
  limit: count({ meaning: 'at most so many' }),
  rate: count({ default: 50, meaning: 'redrive: so many a second' }),
  dryRun: flag('redrive: only print what would be done'),
  yes: flag('discard: confirm it'),
  json: flag('print one JSON object a line'),
  data: text({ value: 'folder', default: '.warren', meaning: 'the data folder of the running system' }),
  outside: flag('use the broker of AMQP_URL, even if a system is running in the data folder'),
})

type Options = ReturnType<typeof optionsFor>

/** @param handlers whose dead letters there may be */
export function deadCommand(handlers: readonly string[]): Command<Options> {
  return {
    name: 'npm run dead',
    summary: 'Lists, shows, redrives or discards dead letters: messages that their handler could not handle.',
    options: optionsFor([...handlers, unrouted]),
    environment: { AMQP_URL: 'the broker to use if no system is running here; the user must be the operator' },
  }
}

/** What to do with which dead letters. */
export interface Request {
  readonly verb: keyof typeof verbs
  /** All by default. */
  readonly handler: string | undefined
  readonly filter: Filter
  readonly limit: number
  /** Letters a second. */
  readonly rate: number
  readonly dryRun: boolean
  readonly yes: boolean
  readonly json: boolean
  /** Where the running system keeps its state, and where discarded letters go. */
  readonly data: string
  /** Whether the broker of `AMQP_URL` is meant rather than that of the running system. */
  readonly outside: boolean
}

/** What a command line asks for. */
export function requested({ type, error, id, limit, ...rest }: Values<Options>): Request {
  return { ...rest, filter: { type, error, id }, limit: limit ?? (rest.verb === 'show' ? 10 : Infinity) }
}
