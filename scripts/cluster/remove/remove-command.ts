import type { Command, Values } from '../../cli/command.ts'
import { flag, operand, text } from '../../cli/options.ts'
import { defaultNamespace } from '../default-namespace.ts'

const options = {
  handler: operand({ value: 'handler', meaning: 'an uninstalled handler' }),
  namespace: text({ value: 'name', default: defaultNamespace(), meaning: 'where the system is installed' }),
  dryRun: flag('only list what would be removed'),
}

export const removeCommand: Command<typeof options> = {
  name: 'npm run remove',
  summary: 'Removes for good what helm uninstall leaves of a handler: its queues, bindings, user and passwords.',
  options,
  notes: `helm uninstall is a pause: messages keep arriving, and a reinstall continues with them. This command ends the pause. It
refuses while the handler is installed or one of its queues holds messages, dead letters included. The database stays.`,
}

export type RemoveOptions = Values<typeof options>
