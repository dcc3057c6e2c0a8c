/** `npm run watch`: how the handlers in a cluster scale. */
import { appendFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { kubernetes, readable, type Kubernetes } from './cluster/kubernetes.ts'
import { managementOf } from './cluster/management.ts'
import { lastErrorsOf } from './cluster/watch/last-errors.ts'
import { look, rowsOf } from './cluster/watch/look.ts'
import { watchCommand, type WatchOptions } from './cluster/watch/watch-command.ts'
import { watchLines, type Row } from './cluster/watch/row.ts'
import { displayOn, plainDisplay, type Display } from './cli/display.ts'
import { runCommand } from './cli/run.ts'
import { RefusedByBroker } from './inspect/management.ts'
import { readQueues, waitingInWords } from './inspect/queues.ts'

const interval = 1_000
const clock = () => new Date()

await runCommand(watchCommand, watch, readable)

async function watch({ namespace, once, json, record }: WatchOptions) {
  const lines = watchLines(clock)
  const display = displayOn(process, { json }, lines)
  const displays: Display<Row>[] = [display]
  if (record !== undefined) displays.push(plainDisplay(file(record), clock, lines))
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(0))

  const api = kubernetes()
  await requireHandlers(api, namespace)
  const management = await managementOf(api, namespace).catch((error: unknown) => {
    display.say(`Queues are not shown: ${readable(error).message}`)
    return undefined
  })
  const errors = lastErrorsOf(api, namespace)
  let printed: string | undefined
  for (;;) {
    const began = performance.now()
    // The table does not wait for them.
    const refreshed = errors.refresh()
    if (once) await refreshed
    const [seen, queues] = await Promise.all([
      look(api, namespace).catch((error: unknown) => display.say(readable(error).message)),
      management && readQueues(management).catch((error: unknown) => error),
    ])
    const counts = queues instanceof Map ? queues : undefined
    const above =
      queues instanceof RefusedByBroker ? [`${queues.message}. Does the Secret monitor-credentials hold it?`] : []
    if (above[0] !== undefined && above[0] !== printed) display.say(above[0])
    printed = above[0]
    const below = [`wait queues of all handlers: ${waitingInWords(counts)}`]
    if (seen) displays.forEach(({ show }) => show(rowsOf(seen, counts, errors.found), { above, below }))
    if (once) return
    await pause(Math.max(0, began + interval - performance.now()))
  }
}

/** Written at once, so that nothing is lost however this process ends. */
function file(path: string) {
  return {
    write(text: string) {
      appendFileSync(path, text)
      return true
    },
  }
}

async function requireHandlers(api: Kubernetes, namespace: string) {
  const { deployments } = await look(api, namespace)
  if (deployments.length === 0)
    throw new Error(
      `namespace ${namespace} has no handlers: install them with npm run deploy, or name another namespace with --namespace`,
    )
}
