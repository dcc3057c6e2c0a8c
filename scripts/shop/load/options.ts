import { parseArgs } from 'node:util'

export type Command =
  | {
      readonly does: 'load'
      readonly orders: number
      readonly rate: number
      readonly data: string
      readonly url?: string
      readonly token?: string
    }
  | { readonly does: 'check'; readonly file: string; readonly data: string }

export const help = `Loads a running shop with orders over HTTP, then checks its books.

npm run load -- --orders 5000 --rate 500    5,000 orders, 500 a second (what it does without options: 1,000, 100 a second)
npm run load -- --check <file>              only compares what a load has written with the books of the running shop

  --url <url>      another shop on this machine than that of .warren/shop.json; its books cannot be checked
  --token <token>  a customer's token for it
  --data <folder>  that of the shop, if it was started with one
  --help           this text

What was asked and answered goes to .warren/load/<time>.jsonl. Exit code 1: a promise was broken; 2: it could not be tried.`

/** Reads the command line. Throws a sentence when it cannot be meant; `undefined` when help is asked for. */
export function readCommand(args: readonly string[]): Command | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      orders: { type: 'string', default: '1000' },
      rate: { type: 'string', default: '100' },
      check: { type: 'string' },
      url: { type: 'string' },
      token: { type: 'string' },
      data: { type: 'string', default: '.warren' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  const { orders, rate, check, data, url, token } = values
  if (values.help) return undefined
  if (check !== undefined) return { does: 'check', file: check, data }
  if ((url === undefined) !== (token === undefined))
    throw new TypeError('load: --url needs --token, and --token needs --url')
  return {
    does: 'load',
    data,
    orders: whole('--orders', orders),
    rate: whole('--rate', rate),
    ...(url !== undefined && token !== undefined && { url, token }),
  }
}

function whole(name: string, value: string): number {
  if (/^[1-9]\d{0,8}$/.test(value)) return Number(value)
  throw new TypeError(`load: ${name} must be a whole number from 1 up (got ${value})`)
}
