import { spawn } from 'node:child_process'
import { howToGet } from './tools.ts'

/** How a program ended, and what it printed: both of its outputs, as they came. */
export interface Ended {
  readonly code: number
  readonly output: string
}

/** A command as it can be pasted into a shell: a word that a shell would take apart is quoted. */
export function pasteable(words: readonly string[]): string {
  return words.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`)).join(' ')
}

/**
 * Runs a program to its end.
 *
 * @param print gets what it prints at once, for work that takes long
 * @throws a sentence that says how to get the program when there is none
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
 * Runs a program that has to succeed, and returns what it printed.
 *
 * @throws the command and what it said, when it fails
 */
export async function must(words: readonly string[], print?: (text: string) => void): Promise<string> {
  const { code, output } = await run(words, print)
  // What has been printed already need not be said again.
  if (code !== 0) throw new Error(`${pasteable(words)} ended with code ${code}${print ? '' : `:\n${output.trim()}`}`)
  return output
}
