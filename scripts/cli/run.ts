import { parse, WrongUsage, type Command, type Options, type Values } from './command.ts'
import { help } from './help.ts'

/** What a command's process is: tests bring their own. */
interface Surroundings {
  readonly args: readonly string[]
  print(text: string): void
  complain(text: string): void
}

/**
 * Runs a command as the whole of this process, which ends with its exit code even if connections are still open:
 * 0 done, 1 it did not hold or could not be done, 2 wrong usage.
 *
 * @param work returns false when what it checks does not hold
 * @param explain makes a sentence of an error that `work` throws
 */
export async function runCommand<Taken extends Options>(
  command: Command<Taken>,
  work: (values: Values<Taken>) => Promise<boolean | void>,
  explain?: (error: unknown) => Error,
): Promise<never> {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', lineLost)
  const code = await exitCodeOf(
    command,
    work,
    {
      args: process.argv.slice(2),
      print: (text) => console.log(text),
      complain: (text) => console.error(text),
    },
    explain,
  )
  // What is still on its way through a pipe is written first.
  await Promise.all([process.stdout, process.stderr].map((stream) => new Promise((done) => stream.write('', done))))
  process.exit(code)
}

/**
 * A command whose reader has gone (`| head -1`) ends as when its terminal closes: by its own way to stop, if it has one. Any other line
 * that cannot be written, such as to a full disk, is lost, and the command goes on.
 */
function lineLost({ code }: NodeJS.ErrnoException): void {
  if (code !== 'EPIPE' || readerIsGone) return
  readerIsGone = true
  if (!process.emit('SIGHUP')) process.exit(0)
}
let readerIsGone = false

/** Like `runCommand`, with an exit code instead of an end. */
export async function exitCodeOf<Taken extends Options>(
  command: Command<Taken>,
  work: (values: Values<Taken>) => Promise<boolean | void>,
  { args, print, complain }: Surroundings,
  explain: (error: unknown) => Error = (error) => (error instanceof Error ? error : new Error(String(error))),
): Promise<0 | 1 | 2> {
  try {
    const values = parse(command, args)
    if (values) return (await work(values)) === false ? 1 : 0
    print(help(command))
    return 0
  } catch (error) {
    complain(explain(error).message)
    return error instanceof WrongUsage ? 2 : 1
  }
}
