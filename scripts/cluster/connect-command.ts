import type { Command } from '../cli/command.ts'
import { port, text } from '../cli/options.ts'
import { defaultNamespace } from './default-namespace.ts'

const options = {
  namespace: text({ value: 'name', default: defaultNamespace(), meaning: 'where the system is installed' }),
  port: port({
    meaning:
      'port on this machine of the first handler with an entrance (default: 8080, or any free port while that is taken)',
  }),
  data: text({ value: 'folder', default: '.warren/cluster', meaning: 'where system.json is written' }),
}

export const connectCommand: Command<typeof options> = {
  name: 'npm run connect',
  summary: 'Forwards local ports to the system in the cluster that kubectl talks to, until Ctrl-C.',
  options,
  notes: `Meanwhile the other commands find the system through that folder:
  npm run dead -- list --data .warren/cluster`,
}
