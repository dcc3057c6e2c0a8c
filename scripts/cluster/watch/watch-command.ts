import type { Command, Values } from '../../cli/command.ts'
import { flag, text } from '../../cli/options.ts'
import { defaultNamespace } from '../default-namespace.ts'

const options = {
  once: flag('print the table once'),
  json: flag('print one JSON object a line for each row that changes'),
  namespace: text({ value: 'name', default: defaultNamespace(), meaning: 'where the system is installed' }),
  record: text({ value: 'file', meaning: 'also append each row that changes to a file, with its time' }),
}

export const watchCommand: Command<typeof options> = {
  name: 'npm run watch',
  summary: 'Shows how the handlers in the cluster that kubectl talks to scale, as a live table, until Ctrl-C.',
  options,
  notes: `Columns:
  replicas     ready pods; \`1 of 3\` while others start or leave
  queued       messages that wait; in flight: those that pods hold. KEDA scales on their sum
  dead         messages in its dead letter queue (npm run dead)
  scaler       KEDA's state: active, idle, paused, fallback, failing (kubectl describe scaledobject tells why), unknown before
               its first look; fixed without a scaler
  scaled last  what KEDA or the Horizontal Pod Autoscaler did last, and why; clusters forget it after an hour
  last error   the last error in the logs of its pods, if the terminal is wide enough
Below the table: the messages that wait in the wait queues for their next attempt. All handlers share these queues, so the broker
does not know how many are whose; nor does it know timers, which are rows in the databases of the handlers. When the table does not
fit the screen, handlers that are asleep share one line.`,
}

export type WatchOptions = Values<typeof options>
