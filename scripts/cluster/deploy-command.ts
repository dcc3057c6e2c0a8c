import type { Command, Values } from '../cli/command.ts'
import { flag, operands, text, texts } from '../cli/options.ts'
import { ownPath } from '../own-files.ts'
import { defaultNamespace } from './default-namespace.ts'

const optionsFor = (handlers: readonly string[]) => ({
  names: operands(
    {
      value: 'handler',
      meaning: 'only these; system is the chart of what exists once (default: system and every handler)',
    },
    ['system', ...handlers],
  ),
  namespace: text({
    value: 'name',
    default: defaultNamespace(),
    meaning: 'created, with restricted Pod Security, when missing',
  }),
  tag: text({ value: 'tag', default: 'dev', meaning: 'tag of the images' }),
  registry: text({ value: 'prefix', meaning: 'registry and path of the images (default: docker.io/warren)' }),
  values: texts({
    value: 'file',
    meaning: `values of charts/system, such as ${ownPath('charts/system/values-production.yaml')}`,
  }),
  set: texts({ value: 'key=value', meaning: 'a value of charts/system' }),
  handlerValues: texts({ value: 'file', meaning: 'values of every handler, after its handler.yaml' }),
  handlerSet: texts({ value: 'key=value', meaning: 'a value of every handler' }),
  onlyWait: flag('run no helm command, only wait until the releases that helm has installed are ready'),
})

type Options = ReturnType<typeof optionsFor>

/** @param handlers all that exist */
export function deployCommand(handlers: readonly string[]): Command<Options> {
  return {
    name: 'npm run deploy',
    summary:
      'Installs or upgrades the system with plain helm commands, prints them, and waits until everything is ready.',
    options: optionsFor(handlers),
    notes: `The cluster must find the images: npm run images builds and loads them. The wait includes a broker that starts slowly, whose
objects the topology operator would declare many minutes later by itself; this command makes it declare them at once.`,
  }
}

export type DeployOptions = Values<Options>
