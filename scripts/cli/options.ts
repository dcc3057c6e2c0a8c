import { durationPattern, milliseconds } from '#runtime/duration.ts'

/** An option or operand of a command: how the help shows it, and how its value is read. */
export interface Option<Value> {
  readonly meaning: string
  /** The value's name in the help; none for a flag. */
  readonly value?: string | undefined
  /** As the help shows it. */
  readonly fallback?: string | undefined
  /** An operand stands without a name of its own: exactly one, or any number. */
  readonly operand?: 'one' | 'any'
  /** The values that are allowed, with their meanings. */
  readonly choices?: Readonly<Record<string, string>>
  /**
   * Makes the value of what was given, in the order of the command line; nothing given makes the default.
   *
   * @throws `expected …` when a given value is none
   */
  read(given: readonly string[]): Value
}

interface Described {
  readonly meaning: string
  /** The value's name in the help. */
  readonly value?: string
}

/** `--json`: true when given. */
export function flag(meaning: string): Option<boolean> {
  return { meaning, read: (given) => given.length > 0 }
}

/** `--data <folder>`: any text. The last one counts, as for every option that is not a list. */
export function text(option: Described & { readonly default: string }): Option<string>
export function text(option: Described): Option<string | undefined>
export function text({
  value = 'text',
  default: fallback,
  meaning,
}: Described & { readonly default?: string }): Option<string | undefined> {
  return { meaning, value, fallback, read: (given) => given.at(-1) ?? fallback }
}

/** `--set <value>`, as often as needed. */
export function texts({ value = 'text', meaning }: Described): Option<readonly string[]> {
  return { meaning: `${meaning}; may be repeated`, value, read: (given) => given }
}

/** `--rate <number>`: a whole number from 1 up. */
export function count(option: Described & { readonly default: number }): Option<number>
export function count(option: Described): Option<number | undefined>
export function count({ value = 'number', default: fallback, meaning }: Described & { readonly default?: number }) {
  return parsed({ meaning, value, fallback }, /^[1-9]\d{0,8}$/, 'a whole number from 1 up')
}

/** `--delay <duration>`: a length of time, in milliseconds. */
export function duration({ value = 'duration', meaning }: Described): Option<number | undefined> {
  return {
    meaning,
    value,
    read(given) {
      const last = given.at(-1)
      if (last !== undefined && !durationPattern.test(last))
        throw new Unexpected('a duration such as 30s or 2h', [last])
      return last === undefined ? undefined : milliseconds(last)
    },
  }
}

/** `--port <port>`: a TCP port. */
export function port({ value = 'port', meaning }: Described): Option<number | undefined> {
  return parsed({ meaning, value }, /^[1-9]\d{0,4}$/, 'a port from 1 to 65535, such as 8080', 65_535)
}

/** `--only <part>`: one of a few words. */
export function oneOf<Choice extends string>(
  choices: readonly Choice[],
  { value = 'word', meaning }: Described,
): Option<Choice | undefined> {
  return {
    meaning,
    value,
    read: (given) => (given.length > 0 ? among(choices, given.at(-1) ?? '') : undefined),
  }
}

/** The one operand that a command works on. */
export function operand(described: Described): Option<string>
export function operand<Choice extends string>(
  described: Described & { readonly choices: Readonly<Record<Choice, string>> },
): Option<Choice>
export function operand({ value = 'name', ...rest }: Described & { readonly choices?: Record<string, string> }) {
  const option: Option<string> = {
    ...rest,
    value,
    operand: 'one',
    read(given) {
      const [first, ...others] = given
      if (first === undefined || others.length > 0)
        throw new Unexpected(rest.choices ? oneAmong(Object.keys(rest.choices)) : 'exactly one', given)
      return rest.choices ? among(Object.keys(rest.choices), first) : first
    },
  }
  return option
}

/** Any number of operands; all of them are meant when none is given. */
export function operands(
  { value = 'name', meaning }: Described,
  choices?: readonly string[],
): Option<readonly string[]> {
  return {
    meaning,
    value,
    operand: 'any',
    read: (given) => (choices ? given.map((each) => among(choices, each)) : given),
  }
}

/** A value that an option does not take. */
export class Unexpected extends Error {
  constructor(expected: string, given: readonly string[]) {
    super(`must be ${expected} (got ${given.join(' ') || 'nothing'})`)
  }
}

const oneAmong = (choices: readonly string[]) => `one of ${choices.join(', ')}`

function among<Choice extends string>(choices: readonly Choice[], given: string): Choice {
  const choice = choices.find((each) => each === given)
  if (choice === undefined) throw new Unexpected(oneAmong(choices), [given])
  return choice
}

function parsed(
  { meaning, value, fallback }: Described & { readonly fallback?: number | undefined },
  pattern: RegExp,
  expected: string,
  most = Infinity,
): Option<number | undefined> {
  return {
    meaning,
    value,
    fallback: fallback?.toLocaleString('en'),
    read(given) {
      const last = given.at(-1)
      if (last === undefined) return fallback
      if (!pattern.test(last) || Number(last) > most) throw new Unexpected(expected, [last])
      return Number(last)
    },
  }
}
