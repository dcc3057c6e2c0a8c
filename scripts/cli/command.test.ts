import { parse, WrongUsage, type Command } from './command.ts'
import { help } from './help.ts'
import { count, duration, flag, oneOf, operand, operands, port, text, texts } from './options.ts'
import { exitCodeOf } from './run.ts'

const options = {
  names: operands({ value: 'handler', meaning: 'only these' }, ['orders', 'payments']),
  rate: count({ default: 1_000, meaning: 'orders a second' }),
  port: port({ meaning: 'where it answers' }),
  data: text({ value: 'folder', default: '.warren', meaning: 'the data folder' }),
  set: texts({ value: 'key=value', meaning: 'a value' }),
  only: oneOf(['core', 'cold'], { value: 'part', meaning: 'one part' }),
  wait: duration({ meaning: 'how long' }),
  dryRun: flag('only print it'),
}
const command: Command<typeof options> = {
  name: 'npm run try',
  summary: 'Tries it.',
  options,
  environment: { AMQP_URL: 'another broker' },
  examples: { 'orders --rate 5': 'orders, slowly' },
  notes: 'It takes a while.',
}
const read = (...args: string[]) => parse(command, args)

test('options have their values or their defaults', () => {
  expect(read()).toEqual({ names: [], rate: 1_000, data: '.warren', set: [], dryRun: false })
  expect(read('orders', '--rate', '5', '--data=there', '--set', 'a=1', '--set', 'b=2', '--only', 'cold')).toEqual({
    names: ['orders'],
    rate: 5,
    data: 'there',
    set: ['a=1', 'b=2'],
    only: 'cold',
    dryRun: false,
  })
  expect(read('--dry-run', '--port', '8080', '--wait', '2m', 'payments')).toMatchObject({
    names: ['payments'],
    port: 8080,
    wait: 120_000,
    dryRun: true,
  })
})

test.each([
  [['--spede', '5'], 'npm run try: there is no option --spede; npm run try -- --help lists all'],
  [['--rate', '0'], 'npm run try: --rate must be a whole number from 1 up (got 0)'],
  [['--rate'], 'npm run try: --rate needs a value: --rate <number>'],
  [['--data', '--dry-run'], 'npm run try: --data needs a value: --data <folder>'],
  [['--dry-run=yes'], 'npm run try: --dry-run takes no value (got yes)'],
  [['--port', '65536'], 'npm run try: --port must be a port from 1 to 65535, such as 8080 (got 65536)'],
  [['--wait', '5'], 'npm run try: --wait must be a duration such as 30s or 2h (got 5)'],
  [['--only', 'hot'], 'npm run try: --only must be one of core, cold (got hot)'],
  [['orders', 'paymets'], 'npm run try: <handler> must be one of orders, payments (got paymets)'],
])('%j is refused in one sentence', (args, sentence) => {
  expect(() => read(...args)).toThrow(new WrongUsage(command, sentence.replace('npm run try: ', '')))
})

test('a command of two operands takes each in its place', () => {
  const two = { type: operand({ value: 'type', meaning: 'a' }), body: operand({ value: 'json', meaning: 'b' }) }
  const take = (...args: string[]) => parse({ ...command, options: two }, args)
  expect(take('order.place.v1', '{}')).toEqual({ type: 'order.place.v1', body: '{}' })
  expect(() => take('order.place.v1')).toThrow('<json> must be exactly one (got nothing)')
  expect(() => take('order.place.v1', '{', '}')).toThrow('<json> must be exactly one (got { })')
})

test('a command without operands refuses one', () => {
  const { names: _, ...others } = options
  expect(() => parse({ ...command, options: others }, ['orders'])).toThrow('orders is not an option')
})

test('a command of several verbs takes exactly one, and without one prints its help', () => {
  const verbs = {
    ...command,
    options: { verb: operand({ value: 'verb', meaning: '', choices: { list: '', show: '' } }) },
  }
  expect(parse(verbs, ['show'])).toEqual({ verb: 'show' })
  expect(parse(verbs, [])).toBeUndefined()
  expect(() => parse(verbs, ['show', 'list'])).toThrow('<verb> must be one of list, show (got show list)')
})

test('--help and -h ask for help, whatever else is given', () => {
  expect([read('--help'), read('-h'), read('--rate', '5', '-h')]).toEqual([undefined, undefined, undefined])
})

test('help is generated: usage, then every option, variable and example in columns that line up', () => {
  expect(help(command).split('\n')).toEqual([
    'Tries it.',
    '',
    'Usage: npm run try -- [handler ...] [options]',
    '',
    '  <handler>  only these',
    '',
    'Options:',
    '  --rate <number>    orders a second (default: 1,000)',
    '  --port <port>      where it answers',
    '  --data <folder>    the data folder (default: .warren)',
    '  --set <key=value>  a value; may be repeated',
    '  --only <part>      one part',
    '  --wait <duration>  how long',
    '  --dry-run          only print it',
    '  -h, --help         print this text',
    '',
    'Environment:',
    '  AMQP_URL  another broker',
    '',
    'Examples:',
    '  npm run try -- orders --rate 5  orders, slowly',
    '',
    'It takes a while.',
  ])
})

test('a meaning that does not fit in a line continues below its beginning', () => {
  const long = { ...command, options: { wait: flag(Array.from({ length: 40 }, () => 'word').join(' ')) } }
  const lines = help(long).split('\n')
  expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(120)
  expect(lines).toContainEqual(expect.stringMatching(/^ {14}word( word)*$/))
})

async function ended(args: string[], work: () => Promise<boolean | void>) {
  const [printed, complaints]: [string[], string[]] = [[], []]
  const surroundings = {
    args,
    print: (text: string) => printed.push(text),
    complain: (text: string) => complaints.push(text),
  }
  const code = await exitCodeOf(command, work, surroundings)
  return { code, printed, complaints }
}

test('the exit code is 0 when it is done, 1 when it does not hold or fails, 2 for wrong usage', async () => {
  expect(await ended([], async () => {})).toEqual({ code: 0, printed: [], complaints: [] })
  expect(await ended([], async () => true)).toMatchObject({ code: 0 })
  expect(await ended([], async () => false)).toMatchObject({ code: 1, complaints: [] })
  expect(await ended([], () => Promise.reject(new Error('no broker')))).toMatchObject({
    code: 1,
    complaints: ['no broker'],
  })
  expect(await ended(['--what'], async () => {})).toMatchObject({
    code: 2,
    complaints: [expect.stringContaining('--what')],
  })
})

test('help is printed instead of the work, and is no failure', async () => {
  let worked = false
  const work = async () => void (worked = true)
  expect(await ended(['--help'], work)).toEqual({ code: 0, printed: [help(command)], complaints: [] })
  expect(worked).toBe(false)
})
