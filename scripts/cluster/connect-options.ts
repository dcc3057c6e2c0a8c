import { parseArgs } from 'node:util'

export const help = `npm run connect                          port-forwards to the shop in the cluster that kubectl talks to, until Ctrl-C
npm run connect -- --namespace <name>    the shop of this namespace (shop)

  --port <port>    where the gateway answers on this machine (8080, or any free port when that is taken)
  --data <folder>  where shop.json goes (.warren/cluster)
  --help           this text

Meanwhile the other commands find the shop by that folder:
  npm run load -- --data .warren/cluster
  npm run dead -- list --data .warren/cluster`

export interface ConnectOptions {
  readonly namespace: string
  readonly data: string
  readonly port: number | undefined
}

/** Reads the command line. Throws a sentence when it cannot be meant; `undefined` when help is asked for. */
export function connectOptions(args: readonly string[]): ConnectOptions | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      namespace: { type: 'string', default: 'shop' },
      data: { type: 'string', default: '.warren/cluster' },
      port: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) return undefined
  const { namespace, data } = values
  return { namespace, data, port: values.port === undefined ? undefined : port(values.port) }
}

function port(value: string): number {
  if (/^[1-9]\d{0,4}$/.test(value) && Number(value) <= 65_535) return Number(value)
  throw new TypeError(`connect: --port must be a port from 1 to 65535, such as 8080 (got ${value})`)
}
