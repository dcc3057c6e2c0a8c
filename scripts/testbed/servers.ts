import { connectBroker, type Broker, type BrokerAddress } from '../servers/broker.ts'
import { connectDatabase, type Database } from '../servers/database.ts'

/** The data that the test set-up passes to the test files. */
export interface ServerAddresses {
  readonly broker: BrokerAddress
  readonly databaseUrl: string
}

/** The environment variable that contains it as JSON. */
export const serversVariable = 'WARREN_TEST_SERVERS'

/** The broker and the database that all `*.broker.test.ts` share. Never kill these; start private ones instead. */
export function sharedServers(): { broker: Broker; database: Database } {
  const addresses = process.env[serversVariable]
  if (!addresses) throw new Error('only files named *.broker.test.ts have a broker and a database')
  const { broker, databaseUrl } = JSON.parse(addresses) as ServerAddresses
  return { broker: connectBroker(broker), database: connectDatabase(databaseUrl) }
}
