import { randomUUID } from 'node:crypto'
import { rmSync } from 'node:fs'
import { resolve } from 'node:path'
import { startBroker, type LocalBroker } from '../servers/broker.ts'
import { startDatabase, type LocalDatabase } from '../servers/database.ts'

/** A private broker that the test may kill. `stop()` also removes its data. */
export function ownBroker(): Promise<LocalBroker> {
  return own(startBroker)
}

/** A private database server that the test may kill. `stop()` also removes its data. */
export function ownDatabase(): Promise<LocalDatabase> {
  return own(startDatabase)
}

async function own<Server extends { stop(): Promise<void> }>(start: (at: { folder: string }) => Promise<Server>) {
  const folder = resolve('.warren/test', `own-${randomUUID()}`)
  const server = await start({ folder })
  const { stop } = server
  return Object.assign(server, {
    async stop() {
      await stop()
      rmSync(folder, { recursive: true, force: true })
    },
  })
}
