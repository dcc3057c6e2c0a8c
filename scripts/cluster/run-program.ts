import { spawn } from 'node:child_process'
import { howToGet } from './tools.ts'

/** The exit code of a program and its output: stdout and stderr in the order in which they came. */
interface Ended {
  readonly code: number
  readonly output: string
}

/** A command for pasting into a shell: words that a shell would split are quoted. */
export function pasteable(words: readonly string[]): string {
  return words.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`)).join(' ')
}

/**
 * Runs a program to its end.
 *
 * @param print gets the output while the program runs
 * @throws a sentence with how to get the program when it is missing
 */
export function run(words: readonly string[], print: (text: string) => void = () => {}): Promise<Ended> {
  const [program = '', ...args] = words
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { env: process.env, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text
        print(text)
      })
    }
    child.once('error', () => reject(new Error(`${program} is not on PATH: ${howToGet(program)}`)))
    child.once('close', (code) => resolve({ code: code ?? 1, output }))
  })
}

/**
 * Runs a program that must succeed, and returns its output.
 *
 * @throws the command and its output when it fails
 */
export async function must(words: readonly string[], print?: (text: string) => void): Promise<string> {
  const { code, output } = await run(words, print)
  // Output that was printed is not repeated.
  if (code !== 0) throw new Error(`${pasteable(words)} ended with code ${code}${print ? '' : `:\n${output.trim()}`}`)
  return output
}
