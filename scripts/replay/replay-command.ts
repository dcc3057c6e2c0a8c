import type { Command, Values } from '../cli/command.ts'
import { duration, flag, text } from '../cli/options.ts'

const options = {
  to: text({ value: 'handler', meaning: 'the handler that gets them' }),
  since: duration({
    meaning: 'from so long ago, such as 24h (default: as far back as the journal goes, or 30d without --rebuild)',
  }),
  until: duration({ meaning: 'up to so long ago (default: now)' }),
  key: text({ value: 'key', default: '#', meaning: 'only those with such a routing key, such as order.#' }),
  rebuild: flag("empty the handler's tables and its inbox first"),
  dryRun: flag('only count them; nothing is emptied'),
  json: flag('print one JSON object'),
  data: text({ value: 'folder', default: '.warren', meaning: 'the data folder of the running system' }),
}

export const replayCommand: Command<typeof options> = {
  name: 'npm run replay',
  summary: 'Publishes messages of the journal to one handler again, under the ids that they had.',
  options,
  examples: {
    "--to loyalty --since 24h --key 'order.#' --dry-run": 'counts what would be sent',
    '--to loyalty --rebuild': 'fills it again from the beginning of the journal',
  },
  notes: `Only messages that the handler handles or subscribes to are sent, and to its queue alone. Its inbox drops those that it knows, so
without --rebuild a replay only fills holes. Ended in the middle, it can be run again.`,
}

export type ReplayRequest = Values<typeof options>
