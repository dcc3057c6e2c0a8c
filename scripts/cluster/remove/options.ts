import { parseArgs } from 'node:util'

export const help = `npm run remove -- <handler>    removes for good what helm uninstall has left of a handler: its queues, bindings, user and passwords

  --namespace <name>  of the shop (shop)
  --dry-run           only lists it
  --help              this text

helm uninstall is a pause: messages keep arriving, and a reinstall goes on with them. This ends it, and refuses while the
handler is installed or a message of its own, dead letters included, is left. Its database stays.`

export interface RemoveOptions {
  readonly handler: string
  readonly namespace: string
  readonly dryRun: boolean
}

/** Reads the command line. Throws a sentence when it cannot be meant; `undefined` when help is asked for. */
export function removeOptions(args: readonly string[]): RemoveOptions | undefined {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      namespace: { type: 'string', default: 'shop' },
      'dry-run': { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) return undefined
  const [handler, ...others] = positionals
  if (handler === undefined || others.length > 0)
    throw new TypeError(`remove: name one handler (got ${positionals.join(' ') || 'none'}); --help tells more`)
  return { handler, namespace: values.namespace, dryRun: values['dry-run'] }
}
