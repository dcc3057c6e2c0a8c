import { WrongUsage, type Command, type Values } from '../../cli/command.ts'
import { count, text } from '../../cli/options.ts'

const options = {
  orders: count({ default: 1_000, meaning: 'orders to place' }),
  rate: count({ default: 100, meaning: 'orders a second' }),
  vip: count({ default: 0, meaning: 'how many of the 50 customers are VIPs, whose orders overtake others' }),
  check: text({
    value: 'file',
    meaning: 'only compare what an earlier load has written with the books of the running shop',
  }),
  url: text({
    value: 'url',
    meaning: 'another shop on this machine than that of .warren/system.json; its books are not checked',
  }),
  token: text({ value: 'token', meaning: 'a customer’s token for --url' }),
  data: text({ value: 'folder', default: '.warren', meaning: 'the data folder of the running shop' }),
}

export const loadCommand: Command<typeof options> = {
  name: 'npm run load',
  summary: 'Places orders in a running shop over HTTP, then checks its books.',
  options,
  examples: { '--orders 5000 --rate 500': '5,000 orders, 500 a second' },
  notes: `Requests and answers are written to .warren/load/<time>.jsonl. The exit code is 1 when a promise was broken or the shop
could not be loaded.`,
}

/** A load, or the check of one. */
export type Task =
  | {
      readonly does: 'load'
      readonly orders: number
      readonly rate: number
      readonly vip: number
      readonly data: string
      /** Another shop than that of `data`. */
      readonly other?: { readonly url: string; readonly token: string }
    }
  | { readonly does: 'check'; readonly file: string; readonly data: string }

/** What a command line asks for. Throws WrongUsage when its options exclude each other. */
export function requested({ orders, rate, vip, check, data, url, token }: Values<typeof options>): Task {
  if (check !== undefined) return { does: 'check', file: check, data }
  if (url === undefined && token === undefined) return { does: 'load', orders, rate, vip, data }
  if (url === undefined || token === undefined)
    throw new WrongUsage(loadCommand, '--url needs --token, and --token needs --url')
  return { does: 'load', orders, rate, vip, data, other: { url, token } }
}
