import type { Command, Values } from '../cli/command.ts'
import { duration, flag, operand, text } from '../cli/options.ts'

const options = {
  type: operand({ value: 'type', meaning: 'the type of the message, such as order.cancel.v1' }),
  body: operand({ value: 'json', meaning: 'its data, which its contract checks' }),
  key: text({
    value: 'words',
    meaning: 'the words of the routing key after the type, such as us.vip (default: those of the contract)',
  }),
  delay: duration({ meaning: 'deliver it so much later: until then it is a timer in the database of its handler' }),
  dryRun: flag('only check it, and print where it would go'),
  json: flag('print one JSON object'),
  data: text({ value: 'folder', default: '.warren', meaning: 'the data folder of the running system' }),
}

export const sendCommand: Command<typeof options> = {
  name: 'npm run send',
  summary: 'Publishes one message as the operator, once its contract has checked it.',
  options,
  examples: {
    [`stock.reserve.v1 '{"orderId":"…","lines":[]}' --dry-run`]: 'checks the message and prints its receivers',
  },
}

export type SendRequest = Values<typeof options>
