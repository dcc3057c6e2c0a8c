import { parseArgs } from 'node:util'
import type { Filter } from './filter.ts'

export const verbs = ['list', 'show', 'redrive', 'discard'] as const

export interface Command {
  readonly verb: (typeof verbs)[number]
  /** All of them by default. */
  readonly handler: string | undefined
  readonly filter: Filter
  readonly limit: number
  /** Letters a second. */
  readonly rate: number
  readonly dryRun: boolean
  readonly yes: boolean
  readonly json: boolean
  /** Where the running shop keeps its state, and where discarded letters go. */
  readonly data: string
}

export const help = `Dead letters: messages that their handler could not handle.

npm run dead -- list      what there is, by handler, type and reason; changes nothing
npm run dead -- show      headers, body and error, 10 letters unless --limit says more; changes nothing
npm run dead -- redrive   back to the handler they came from, under the same id
npm run dead -- discard   out of the queue for good; kept in .warren/discarded.jsonl

Which ones (all, if nothing is said):
  --handler <name>   of this handler; unrouted for what no queue wanted
  --type <type>      of this type, such as payment.authorize.v1
  --error <words>    with this reason (exhausted, malformed, …) or these words in the error
  --id <id>          with this message id
  --limit <number>   so many at most

  --rate <number>    redrive: so many a second (50)
  --dry-run          redrive: say what would be done
  --yes              discard: really
  --json             one JSON object a line
  --data <folder>    that of the shop, if it was started with one
  --help             this text

The broker is that of the running shop (.warren/shop.json), or AMQP_URL's; the user must be the operator.`

/** Reads the command line. Throws a sentence when it cannot be meant; `undefined` when help is asked for. */
export function readCommand(args: readonly string[], handlers: readonly string[]): Command | undefined {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      handler: { type: 'string' },
      type: { type: 'string' },
      error: { type: 'string' },
      id: { type: 'string' },
      limit: { type: 'string' },
      rate: { type: 'string' },
      'dry-run': { type: 'boolean', default: false },
      yes: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      data: { type: 'string', default: '.warren' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help || (args.length === 0 && positionals.length === 0)) return undefined

  const [verb, ...others] = positionals
  const known = verbs.find((name) => name === verb)
  if (!known || others.length > 0) {
    throw new TypeError(
      `dead: say one of ${verbs.join(', ')} (got ${positionals.join(' ') || 'nothing'}); --help tells more`,
    )
  }
  const { handler, type, error, id, json, yes, data } = values
  if (handler !== undefined && !handlers.includes(handler)) {
    throw new TypeError(`dead: there is no handler ${handler}: use one of ${handlers.join(', ')}`)
  }
  return {
    verb: known,
    handler,
    filter: { type, error, id },
    limit: values.limit === undefined ? (known === 'show' ? 10 : Infinity) : whole('--limit', values.limit),
    rate: values.rate === undefined ? 50 : whole('--rate', values.rate),
    dryRun: values['dry-run'],
    yes,
    json,
    data,
  }
}

function whole(name: string, value: string): number {
  if (/^[1-9]\d{0,8}$/.test(value)) return Number(value)
  throw new TypeError(`dead: ${name} must be a whole number from 1 up (got ${value})`)
}
