import { parseArgs } from 'node:util'

export const help = `npm run watch                         the shop's handlers in the cluster that kubectl talks to, as a live table, until Ctrl-C
npm run watch -- --once               as they are now
npm run watch -- --json               one JSON object a line for each row that changed

  --namespace <name>  of the shop (shop)
  --record <file>     also writes there a line for each row that changed, with its time
  --help              this text

replicas     pods that are ready, \`1 of 3\` while others start or leave
queued       messages that wait; in flight: those that pods hold. KEDA scales on their sum
scaler       KEDA's: active, idle, paused, fallback, failing (kubectl describe scaledobject says why), fixed without one
scaled last  what KEDA or the Horizontal Pod Autoscaler did last, and why; clusters forget it after an hour`

export interface WatchOptions {
  readonly namespace: string
  readonly once: boolean
  readonly json: boolean
  readonly record: string | undefined
}

/** Reads the command line. Throws a sentence when it cannot be meant; `undefined` when help is asked for. */
export function watchOptions(args: readonly string[]): WatchOptions | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      namespace: { type: 'string', default: 'shop' },
      once: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      record: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) return undefined
  const { namespace, once, json, record } = values
  return { namespace, once, json, record }
}
