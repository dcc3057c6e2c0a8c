import { spawn } from 'node:child_process'
import { howToGet } from './tools.ts'

export interface Ended {
  readonly code: number
  /** Standard output and standard error, in the order in which they came. */
  readonly output: string
  /** Standard output alone. */
  readonly stdout: string
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
    let stdout = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text
        print(text)
      })
    }
    child.once('error', () => reject(new Error(`${program} is not on PATH: ${howToGet(program)}`)))
    child.once('close', (code) => resolve({ code: code ?? 1, output, stdout }))
  })
}

/**
 * Runs a program that must succeed, and returns its standard output.
 *
 * @throws the command and its output when it fails
 */
export async function must(words: readonly string[], print?: (text: string) => void): Promise<string> {
  const { code, output, stdout } = await run(words, print)
  // Output that was printed is not repeated.
  if (code !== 0) throw new Error(`${pasteable(words)} ended with code ${code}${print ? '' : `:\n${output.trim()}`}`)
  return stdout
}
