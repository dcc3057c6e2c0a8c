import { join } from 'node:path'
import { startBroker, type LocalBroker } from '../../servers/broker.ts'
import { claim, release } from '../../servers/claim.ts'
import { startDatabase, type LocalDatabase } from '../../servers/database.ts'
import { serversVariable, type ServerAddresses } from '../servers.ts'

/**
 * Starts the broker and the database that all test files share, publishes their addresses, and returns a function that stops both.
 * Concurrent test runs get separate servers.
 */
export async function startServers(): Promise<() => Promise<void>> {
  const folder = firstUnclaimed()
  const started: (LocalBroker | LocalDatabase)[] = []
  const stop = async () => {
    await Promise.all(started.splice(0).map((server) => server.stop()))
    release(folder)
  }
  // On Ctrl-C, Jest exits at once without its teardown; and Ctrl-C may arrive twice, from the terminal and from npm.
  let interrupted = false
  const interrupt = () => {
    if (!interrupted) void stop().finally(() => process.exit(130))
    interrupted = true
  }
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt)

  const keep = <Server extends LocalBroker | LocalDatabase>(server: Server) => {
    started.push(server)
    return server
  }
  const starting = [
    startBroker({ folder: join(folder, 'broker'), fresh: true }).then(keep),
    startDatabase({ folder: join(folder, 'database'), fresh: true }).then(keep),
  ] as const
  try {
    const [broker, database] = await Promise.all(starting)
    const { version, port, managementPort, admin } = broker
    process.env[serversVariable] = JSON.stringify({
      broker: { version, port, managementPort, admin },
      databaseUrl: database.adminUrl,
    } satisfies ServerAddresses)
    console.error(`RabbitMQ ${version} and PostgreSQL in ${folder}`)
    return stop
  } catch (error) {
    await Promise.allSettled(starting)
    await stop()
    throw error
  }
}

function firstUnclaimed(): string {
  for (let number = 1; ; number++) {
    const folder = join(process.cwd(), '.warren/test', String(number))
    if (claim(folder)) return folder
  }
}
