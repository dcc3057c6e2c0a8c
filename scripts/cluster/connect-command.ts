import type { Command } from '../cli/command.ts'
import { port, text } from '../cli/options.ts'

const options = {
  namespace: text({ value: 'name', default: 'shop', meaning: 'where the shop is installed' }),
  port: port({ meaning: 'port of the gateway on this machine (default: 8080, or any free port while that is taken)' }),
  data: text({ value: 'folder', default: '.warren/cluster', meaning: 'where shop.json is written' }),
}

export const connectCommand: Command<typeof options> = {
  name: 'npm run connect',
  summary: 'Forwards local ports to the shop in the cluster that kubectl talks to, until Ctrl-C.',
  options,
  notes: `Meanwhile the other commands find the shop through that folder:
  npm run load -- --data .warren/cluster
  npm run dead -- list --data .warren/cluster`,
}
