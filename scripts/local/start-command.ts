import { resolve } from 'node:path'
import * as z from 'zod'
import { given, serverUrl, wrongVariables } from '#runtime/settings/variables.ts'
import { WrongUsage, type Command, type Values } from '../cli/command.ts'
import { flag, text } from '../cli/options.ts'

const options = {
  json: flag('print the rows of the table as JSON, one object a line'),
  data: text({ value: 'folder', default: '.warren', meaning: 'folder for data, logs and mails' }),
}

export const startCommand: Command<typeof options> = {
  name: 'npm start',
  summary: 'Runs the whole system on this machine until Ctrl-C, and scales its handlers from zero and back.',
  options,
  environment: {
    PORT: 'port of the handler that answers HTTP (default: `http` in its handler.yaml)',
    AMQP_URL: 'a RabbitMQ broker to use instead of a private one: amqp://administrator:password@host/vhost',
    MANAGEMENT_URL: 'its management API (default: http://<host of AMQP_URL>:15672)',
    DATABASE_URL: 'a PostgreSQL server to use instead of a private one: postgres://superuser:password@host/postgres',
    LOG_LEVEL: 'log level of the handlers: debug, info, warn or error (default: info)',
    SIMULATED_FAILURES: 'on: handlers that hear failure.simulated.v1 fail as it asks (default: off)',
    '…': 'any variable that a handler.yaml names under env',
  },
  notes: `It starts a private RabbitMQ and a private PostgreSQL on the loopback interface and the handlers that are always on
(scale.min, http), and reads the queues once a second. The others start when messages arrive and stop when none are left, within the limits of their
handler.yaml, as KEDA scales pods. When a source file or a migration changes, its handler is
rebuilt, its new migrations run, and it is replaced; a handler that is added starts at the next npm start. A private
server that dies is started again with its data. Ctrl-C stops everything and keeps the data.

Columns:
  queued    messages that wait in its queue; in flight: those that its processes hold
  replicas  its processes; \`1 of 3\` while they start or stop
  done/s    messages handled in the last second
  retrying  messages that wait in the wait queues for their next attempt. All handlers share these queues, so it is what the
            processes have sent there in this run; the line below the table has the broker's own counts
  timers    messages for later and deadlines in its database
  retries   messages put off since the time below the table
  dead      messages in its dead letter queue (npm run dead)
  paused    the dependencies that it waits for, or else its last error in this run and its age (npm run logs)
Handlers that are asleep share one line when the table does not fit the screen.`,
}

export interface StartOptions {
  readonly json: boolean
  /** An absolute path. */
  readonly data: string
  /** `undefined`: that of `handler.yaml`. */
  readonly port: number | undefined
  readonly amqpUrl: string | undefined
  readonly managementUrl: string | undefined
  readonly databaseUrl: string | undefined
}

const environment = z.object({
  PORT: z.coerce
    .number('must be a port, such as 3000')
    .int('must be a port, such as 3000')
    .min(1, 'must be at least 1')
    .max(65_535, 'must be at most 65535')
    .optional(),
  AMQP_URL: serverUrl(['amqp:', 'amqps:'], 'amqp://administrator:password@host/vhost').optional(),
  MANAGEMENT_URL: serverUrl(['http:', 'https:'], 'http://localhost:15672').optional(),
  DATABASE_URL: serverUrl(
    ['postgres:', 'postgresql:'],
    'postgres://superuser:password@host/postgres',
    ({ username }) => username !== '',
  ).optional(),
})

/**
 * Combines the command line and the environment.
 *
 * @throws WrongUsage with a sentence for each invalid variable
 */
export function startOptions({ json, data: folder }: Values<typeof options>, env: NodeJS.ProcessEnv): StartOptions {
  const set = given(env)
  const { data, error } = environment.safeParse(set)
  if (!data) throw new WrongUsage(startCommand, wrongVariables(error, set).join('\n'))
  return {
    json,
    data: resolve(folder),
    port: data.PORT,
    amqpUrl: data.AMQP_URL,
    managementUrl: data.MANAGEMENT_URL,
    databaseUrl: data.DATABASE_URL,
  }
}
