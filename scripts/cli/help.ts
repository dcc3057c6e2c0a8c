import { dashed, type Command } from './command.ts'

/** Characters in a line of help. */
const width = 120

/** The help of a command: its usage and, aligned, each operand, option, environment variable and example. */
export function help({ name, summary, options, environment = {}, examples = {}, notes }: Command): string {
  const entries = Object.entries(options)
  const operands = entries.filter(([, { operand }]) => operand).map(([, option]) => option)
  const usage = operands.map(({ operand, value }) => (operand === 'one' ? `<${value}>` : `[${value} ...]`))
  const named = entries
    .filter(([, { operand }]) => !operand)
    .map(([option, { value, meaning, fallback }]) => [
      `--${dashed(option)}${value === undefined ? '' : ` <${value}>`}`,
      fallback === undefined ? meaning : `${meaning} (default: ${fallback})`,
    ])
  return [
    [summary],
    [`Usage: ${[name, '--', ...usage, '[options]'].join(' ')}`],
    ...operands.map(({ value, meaning, choices }) => [
      ...aligned([[`<${value}>`, meaning]]),
      ...(choices ? aligned(Object.entries(choices), 4) : []),
    ]),
    ['Options:', ...aligned([...named, ['-h, --help', 'print this text']])],
    section('Environment:', aligned(Object.entries(environment))),
    section(
      'Examples:',
      aligned(Object.entries(examples).map(([args, meaning]) => [`${name}${args && ` -- ${args}`}`, meaning])),
    ),
    notes === undefined ? [] : [notes],
  ]
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length > 0 ? [title, ...lines] : []
}

/** Two columns; what does not fit in a line goes on below its beginning. */
function aligned(rows: readonly (readonly string[])[], indent = 2): string[] {
  const first = Math.max(...rows.map(([left = '']) => left.length))
  return rows.flatMap(([left = '', right = '']) => {
    const [line = '', ...more] = wrapped(right, width - indent - first - 2)
    const below = more.map((text) => `${' '.repeat(indent + first + 2)}${text}`)
    return [`${' '.repeat(indent)}${left.padEnd(first)}  ${line}`.trimEnd(), ...below]
  })
}

function wrapped(text: string, length: number): string[] {
  return text.split(' ').reduce<string[]>((lines, word) => {
    const last = lines.at(-1)
    if (last === undefined || last.length + 1 + word.length > length) return [...lines, word]
    return [...lines.slice(0, -1), `${last} ${word}`]
  }, [])
}
