import { parseArgs } from 'node:util'
import { Unexpected, type Option } from './options.ts'

export type Options = Readonly<Record<string, Option<unknown>>>

/** A command of this repository: all that its help shows and its command line may hold. */
export interface Command<Taken extends Options = Options> {
  /** As it is typed: `npm run load`. */
  readonly name: string
  /** One sentence: what it does. */
  readonly summary: string
  /** By name in camel case: `dryRun` is given as `--dry-run`. `--help` is added to all. */
  readonly options: Taken
  /** Environment variables that it reads. */
  readonly environment?: Readonly<Record<string, string>>
  /** Arguments, and what they make it do. */
  readonly examples?: Readonly<Record<string, string>>
  /** What else a person has to know, at the end of the help. */
  readonly notes?: string
}

/** What a command line gives for each option. */
export type Values<Taken extends Options> = {
  readonly [Name in keyof Taken]: Taken[Name] extends Option<infer Value> ? Value : never
}

/** A command line that the command does not take. */
export class WrongUsage extends Error {
  constructor({ name }: Pick<Command, 'name'>, sentence: string) {
    super(`${name}: ${sentence}`)
  }
}

/**
 * Reads a command line.
 *
 * @returns `undefined` when it asks for help
 * @throws WrongUsage, a sentence that names the option and the way out
 */
export function parse<Taken extends Options>(
  command: Command<Taken>,
  args: readonly string[],
): Values<Taken> | undefined {
  const entries = Object.entries(command.options)
  // A command of several is asked by its bare name what there is.
  if (args.length === 0 && entries.some(([, { choices }]) => choices)) return undefined
  const isFlag = ({ value }: Option<unknown>) => value === undefined
  const named = new Map(entries.filter(([, { operand }]) => !operand).map(([name, option]) => [dashed(name), option]))
  const { tokens } = parseArgs({
    args: [...args],
    // Its own sentences do not name the way out.
    strict: false,
    tokens: true,
    options: {
      help: { type: 'boolean', short: 'h' },
      ...Object.fromEntries(
        [...named].map(([name, option]) => [name, { type: isFlag(option) ? 'boolean' : 'string' }]),
      ),
    },
  })
  if (tokens.some((token) => token.kind === 'option' && token.name === 'help')) return undefined

  const given = new Map<string, string[]>()
  const operands: string[] = []
  for (const token of tokens) {
    if (token.kind === 'positional') operands.push(token.value)
    if (token.kind !== 'option') continue
    const { name, rawName, value, inlineValue } = token
    const option = named.get(name)
    if (!option) throw new WrongUsage(command, `there is no option ${rawName}; ${command.name} -- --help lists all`)
    if (isFlag(option)) {
      if (value !== undefined) throw new WrongUsage(command, `${rawName} takes no value (got ${value})`)
    } else if (value === undefined || (!inlineValue && value.startsWith('-'))) {
      throw new WrongUsage(command, `${rawName} needs a value: ${rawName} <${option.value}>`)
    }
    given.set(name, [...(given.get(name) ?? []), value ?? ''])
  }
  if (operands.length > 0 && !entries.some(([, { operand }]) => operand))
    throw new WrongUsage(command, `${operands[0]} is not an option; ${command.name} -- --help lists all`)

  // Of several, each takes the one in its place; what is left over belongs to the last, which refuses it.
  const places = entries.filter(([, { operand }]) => operand).map(([name]) => name)
  const inPlace = (name: string) => {
    const at = places.indexOf(name)
    return operands.slice(at, at === places.length - 1 ? undefined : at + 1)
  }

  const values = entries.map(([name, option]) => {
    const subject = option.operand ? `<${option.value}>` : `--${dashed(name)}`
    try {
      return [name, option.read(option.operand ? inPlace(name) : (given.get(dashed(name)) ?? []))]
    } catch (error) {
      throw error instanceof Unexpected ? new WrongUsage(command, `${subject} ${error.message}`) : error
    }
  })
  return Object.fromEntries(values) as Values<Taken>
}

/** `dryRun` is `dry-run` on a command line. */
export function dashed(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}
