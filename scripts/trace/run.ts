import { logIn } from '#runtime/broker/login.ts'
import type { Manifest } from '#runtime/manifest/index.ts'
import { queueNames } from '#runtime/topology/index.ts'
import { readQueues, totalsOf } from '../inspect/queues.ts'
import { databasesOf, managementOf, type System } from '../inspect/system.ts'
import { openDatabases, withoutJournal } from './databases.ts'
import { traceLines } from './show.ts'
import { trace } from './trace.ts'
import type { TraceRequest } from './trace-command.ts'

/** The system that the command looks at, and where it prints. */
interface Desk {
  readonly system: System
  readonly manifests: readonly Manifest[]
  readonly print: (line: string) => void
  /** Whether colours are obeyed there, and how many characters fit in a line. */
  readonly screen: { readonly colours: boolean; readonly width?: number }
}

/** @throws a sentence if nothing is known of the id */
export async function runTrace({ id, json }: TraceRequest, { system, manifests, print, screen }: Desk): Promise<void> {
  const management = managementOf(system)
  const databases = await openDatabases(withoutJournal(databasesOf(system), manifests))
  try {
    const found = await trace(id, { manifests, databases, management, connect: () => logIn(system.amqpUrl) })
    if (found.operations.length === 0) {
      const queues = await readQueues(management)
      const waiting = manifests.flatMap((manifest) => {
        const { name } = manifest
        const { ready = 0, unacknowledged = 0 } = totalsOf(queues, queueNames(manifest, 'work')) ?? {}
        return ready + unacknowledged > 0 ? [`${name} (${ready + unacknowledged})`] : []
      })
      throw new Error([unknown(id, waiting), ...found.gaps].join('\n'))
    }
    const lines = json
      ? found.operations.map((operation) => JSON.stringify({ ...operation, gaps: found.gaps }))
      : traceLines(found, { ...screen, now: new Date() })
    lines.forEach(print)
  } finally {
    await databases.close()
  }
}

function unknown(id: string, waiting: readonly string[]): string {
  const said = `no handler has handled, sent or stored a message with the id, the correlation id or the business id ${id}`
  if (waiting.length === 0) return `${said}, and no queue has messages`
  return `${said}; if one was sent from outside, it is in one of these queues, which only their handlers can read: ${waiting.join(', ')}`
}
