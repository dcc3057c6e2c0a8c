import { ownPath } from '../own-files.ts'
import type { DeployOptions } from './deploy-command.ts'

/** A helm release. */
export interface Release {
  readonly name: string
  /** Installs or upgrades it. */
  readonly command: readonly string[]
}

/**
 * The releases of a deployment: `system`, if it was chosen, and the handlers, in any order, because each waits for its
 * dependencies.
 *
 * @param handlers all that exist
 */
export function releases(
  options: DeployOptions,
  handlers: readonly string[],
): { readonly system: Release | undefined; readonly handlers: readonly Release[] } {
  const { names, namespace, tag, registry } = options
  const forSystem = [...each('--values', options.values), ...each('--set', options.set)]
  const forHandlers = [...each('--values', options.handlerValues), ...each('--set', options.handlerSet)]
  const everything = names.length === 0
  // Old bindings of a handler are removed when its new ones are ready, and only with --wait. A broker may take longer than helm waits.
  const wait = ['--wait', '--timeout', '5m']
  const release = (name: string, chart: string, more: readonly string[]): Release => ({
    name,
    command: [
      ...['helm', 'upgrade', '--install', name, chart, '--namespace', namespace],
      ...['--set', `image.tag=${tag}`, ...(registry === undefined ? [] : ['--set', `image.registry=${registry}`])],
      ...more,
    ],
  })
  return {
    system: everything || names.includes('system') ? release('system', ownPath('charts/system'), forSystem) : undefined,
    handlers: handlers
      .filter((name) => everything || names.includes(name))
      .map((name) => {
        const values = ['--values', `handlers/${name}/handler.yaml`, ...forHandlers]
        return release(name, ownPath('charts/handler'), [...values, ...wait])
      }),
  }
}

const each = (option: string, values: readonly string[]) => values.flatMap((value) => [option, value])
