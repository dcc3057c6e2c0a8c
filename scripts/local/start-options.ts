import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import * as z from 'zod'

export const help = `npm start                     the whole shop on this machine, scaled from zero and back
npm start -- --json           the rows of the table as JSON, one a line
npm start -- --data <folder>  data, logs and mails there instead of .warren

It starts a private RabbitMQ and a private PostgreSQL on loopback, the gateway and the bank, and looks at the queues once
a second: processes of a handler appear when messages arrive and leave when they are done, by the numbers of its
handler.yaml, as KEDA does it with pods. A changed source is built again and its handler replaced. Ctrl-C stops
everything; data stay.

  PORT            where the gateway answers (3000)
  AMQP_URL        a RabbitMQ of yours instead: amqp://administrator:password@host/vhost
  MANAGEMENT_URL  its management API (http://<host of AMQP_URL>:15672)
  DATABASE_URL    a PostgreSQL of yours instead: postgres://superuser:password@host/postgres
  LOG_LEVEL       of the handlers: debug, info (the default), warn, error
  and every variable that a handler.yaml names under env`

export interface StartOptions {
  readonly help: boolean
  readonly json: boolean
  /** An absolute path. */
  readonly data: string
  readonly port: number
  readonly amqpUrl: string | undefined
  readonly managementUrl: string | undefined
  readonly databaseUrl: string | undefined
}

const environment = z.object({
  PORT: z.coerce
    .number('PORT must be a port, such as 3000')
    .int('PORT must be a port, such as 3000')
    .min(1, 'PORT must be at least 1')
    .max(65_535, 'PORT must be at most 65535')
    .default(3000),
  AMQP_URL: z
    .url({ protocol: /^amqps?$/, error: 'AMQP_URL must be a URL such as amqp://administrator:password@host/vhost' })
    .optional(),
  MANAGEMENT_URL: z
    .url({ protocol: /^https?$/, error: 'MANAGEMENT_URL must be a URL such as http://localhost:15672' })
    .optional(),
  DATABASE_URL: z
    .url({
      protocol: /^postgres(ql)?$/,
      error: 'DATABASE_URL must be a URL such as postgres://superuser:password@host/postgres',
    })
    .optional(),
})

/** Reads arguments and environment. Throws a sentence for each wrong one. */
export function startOptions(args: string[], env: NodeJS.ProcessEnv): StartOptions {
  const { values } = parseArgs({
    args,
    options: {
      help: { type: 'boolean', short: 'h', default: false },
      json: { type: 'boolean', default: false },
      data: { type: 'string', default: '.warren' },
    },
  })
  const { data, error } = environment.safeParse(env)
  if (!data) throw new TypeError(error.issues.map(({ message }) => message).join('\n'))
  return {
    help: values.help,
    json: values.json,
    data: resolve(values.data),
    port: data.PORT,
    amqpUrl: data.AMQP_URL,
    managementUrl: data.MANAGEMENT_URL,
    databaseUrl: data.DATABASE_URL,
  }
}
