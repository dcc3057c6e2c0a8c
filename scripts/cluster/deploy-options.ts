import { parseArgs } from 'node:util'

export const help = `npm run deploy                     the whole shop: charts/shop, then every handler, by the helm commands that it prints
npm run deploy -- payments bank    these handlers only; shop names what exists once

  --namespace <name>             where (shop); made, with restricted Pod Security, unless it is there
  --tag <tag>                    of the images (dev)
  --registry <registry>          of the images, with its path (docker.io/warren)
  --values <file>                for charts/shop, such as charts/shop/values-production.yaml
  --set <key=value>              for charts/shop
  --handler-values <file>        for each handler, after its handler.yaml
  --handler-set <key=value>      for each handler
  --help                         this text

The last four can be given several times. Images must be where the cluster finds them: npm run images.`

export interface DeployOptions {
  /** Handlers, and `shop`; everything when empty. */
  readonly names: readonly string[]
  readonly namespace: string
  readonly tag: string
  /** The charts' own when undefined. */
  readonly registry: string | undefined
  /** Further arguments of helm for charts/shop. */
  readonly forShop: readonly string[]
  /** Further arguments of helm for each handler. */
  readonly forHandlers: readonly string[]
}

/**
 * Reads the command line. Throws a sentence when it cannot be meant; `undefined` when help is asked for.
 *
 * @param handlers all that there are
 */
export function deployOptions(args: readonly string[], handlers: readonly string[]): DeployOptions | undefined {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      namespace: { type: 'string', default: 'shop' },
      tag: { type: 'string', default: 'dev' },
      registry: { type: 'string' },
      values: { type: 'string', multiple: true, default: [] },
      set: { type: 'string', multiple: true, default: [] },
      'handler-values': { type: 'string', multiple: true, default: [] },
      'handler-set': { type: 'string', multiple: true, default: [] },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) return undefined
  const known = ['shop', ...handlers]
  const unknown = positionals.find((name) => !known.includes(name))
  if (unknown !== undefined)
    throw new TypeError(`deploy: there is no handlers/${unknown}/handler.yaml: use one of ${known.join(', ')}`)
  const { namespace, tag, registry } = values
  return {
    names: positionals,
    namespace,
    tag,
    registry,
    forShop: [...each('--values', values.values), ...each('--set', values.set)],
    forHandlers: [...each('--values', values['handler-values']), ...each('--set', values['handler-set'])],
  }
}

const each = (option: string, given: readonly string[]) => given.flatMap((value) => [option, value])
