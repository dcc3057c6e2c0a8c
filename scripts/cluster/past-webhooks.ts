import { setTimeout as pause } from 'node:timers/promises'
import { run, type Ended } from './run-program.ts'

const tries = 12

/**
 * Runs a command that changes objects, and runs it again while the webhook of an operator does not answer, because that operator is
 * starting or away. The command must be one that can be repeated.
 *
 * @param rest milliseconds between two attempts, of which there are at most 12
 * @returns the last attempt; if the webhook never answered, its output ends with where to look
 */
export async function runPastWebhooks(
  command: readonly string[],
  print: (line: string) => void,
  rest = 10_000,
): Promise<Ended> {
  for (let left = tries - 1; ; left--) {
    const ended = await run(command)
    const [call, name = ''] = /failed calling webhook(?: "([^"]+)")?/.exec(ended.output) ?? []
    if (ended.code === 0 || call === undefined) return ended
    const silent = `an operator does not answer at its webhook ${name}`.trim()
    if (left === 0) {
      const remedy = `${silent}: kubectl get pods --namespace rabbitmq-system shows whether it runs`
      return { ...ended, output: `${ended.output.trim()}\n${remedy}\n` }
    }
    print(`  ${silent}: trying again in ${rest / 1_000} s, at most ${left} times`)
    await pause(rest)
  }
}
