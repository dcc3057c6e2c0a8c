import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { findSystem } from '../inspect/system.ts'
import { announceEnd, claimant, claimFolder, release } from '../servers/claim.ts'
import { startDatabase } from '../servers/database.ts'

/** The database of a handler, and the server that was started for it. */
export interface Found {
  readonly url: string
  /** Where it is, for a person. */
  readonly where: string
  readonly close: () => Promise<void>
}

interface Request {
  readonly handler: string
  /** The data folder of the system. */
  readonly data: string
  /** Whether a database that is not in the data folder is meant. */
  readonly outside: boolean
}

/**
 * Finds the database of a handler: that of the running system or, if none runs, that in the data folder, whose server it starts.
 *
 * @throws a sentence with the way out if there is none, and for a database outside of the data folder that was not asked for
 */
export async function findDatabase({ handler, data, outside }: Request): Promise<Found> {
  // The server works in a folder of its own, where a relative path would lead elsewhere.
  const server = resolve(data, 'database')
  const system = findSystem(data)
  const [runs, isPrivate] = [claimant(data) !== undefined, claimant(server) !== undefined]
  // What a killed `npm start` has left names ports that may be those of another program now.
  if (system && (runs || !existsSync(server))) {
    const url = system.handlers[handler]?.databaseUrl
    if (url === undefined)
      throw new Error(`${data}/system.json names no database of ${handler}: start the system again with \`npm start\``)
    const where = new URL(url).host
    if (!isPrivate && !outside)
      throw new Error(
        `the database of ${handler} is not in ${data}, but at ${where}, where others may use it: --outside empties it all the same`,
      )
    return { url, where: isPrivate ? `the running system in ${data}` : where, close: async () => undefined }
  }
  if (runs) throw new Error(`the system in ${data} is still starting: try again once it is ready`)
  if (!existsSync(server))
    throw new Error(`there is no database in ${data}: \`npm start\` makes it, and nothing has to be emptied before`)
  await claimFolder(data)
  // A start that comes meanwhile waits for it.
  announceEnd(data)
  try {
    const started = await startDatabase({ folder: server })
    const close = async () => {
      await started.stop()
      release(data)
    }
    return { url: await started.create(handler), where: `the stopped system in ${data}`, close }
  } catch (error) {
    release(data)
    throw error
  }
}
