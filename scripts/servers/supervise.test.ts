import { spawn, type ChildProcess } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { until } from '../testbed/until.ts'
import { ending } from './processes.ts'
import { supervise, type Restartable, type Supervised } from './supervise.ts'

const runs = 'setInterval(() => {}, 1000)'
const dies = 'process.exit(3)'

let sentences: string[]
let processes: ChildProcess[]
let supervised: Supervised
beforeEach(() => {
  sentences = []
  processes = []
})
afterEach(() => supervised.stop())

/** A server whose starts run these programs one after another, the last of them from then on. */
function server(...programs: string[]): Restartable {
  let ended: Promise<string>
  const start = () => {
    const child = spawn(process.execPath, ['-e', programs[processes.length] ?? programs.at(-1)!], { stdio: 'ignore' })
    processes.push(child)
    ended = ending(child)
  }
  start()
  return {
    ended: () => ended,
    restart: async () => start(),
    async stop() {
      processes.at(-1)?.kill('SIGKILL')
      await ended
    },
  }
}

function superviseIt(each: Restartable, bound?: { soon: number; times: number }) {
  supervised = supervise('RabbitMQ', each, (sentence) => sentences.push(sentence), bound)
}

const kill = (child: ChildProcess | undefined) => void child?.kill('SIGKILL')

test('a server that ends is started again, as often as it ends, and both are reported', async () => {
  superviseIt(server(runs), { soon: 0, times: 3 })
  for (const times of [1, 2, 3, 4]) {
    kill(processes.at(-1))
    await until(() => sentences.length === 2 * times)
  }
  expect(processes).toHaveLength(5)
  expect(sentences.slice(0, 2)).toEqual([
    'RabbitMQ was ended by SIGKILL: starting it again, with its data.',
    expect.stringMatching(/^RabbitMQ runs again after \d+\.\d s\.$/),
  ])
})

test('the trouble is known until the server runs again', async () => {
  let startAgain = () => {}
  const slow = server(runs)
  superviseIt({
    ...slow,
    restart: (signal) => new Promise<void>((done) => (startAgain = done)).then(() => slow.restart(signal)),
  })
  expect(supervised.trouble()).toBeUndefined()
  kill(processes.at(-1))
  await until(() => supervised.trouble() === 'RabbitMQ was ended by SIGKILL')
  startAgain()
  await until(() => supervised.trouble() === undefined)
})

test('a server that ends again and again right after its start is given up with a sentence', async () => {
  superviseIt(server(runs, dies))
  kill(processes.at(-1))
  await expect(supervised.givenUp).rejects.toThrow(
    'RabbitMQ has ended 3 times in a row, each time within 10.0 s of its start, and is not started again. The last time: RabbitMQ ended with exit code 3',
  )
  expect(processes).toHaveLength(3)
})

test('a server that cannot be started again is given up with the reason', async () => {
  const refuses = async () => {
    throw new Error('PostgreSQL ended while it was starting:\nthe disk is full')
  }
  superviseIt({ ...server(runs), restart: refuses })
  kill(processes.at(-1))
  await expect(supervised.givenUp).rejects.toThrow(/3 times in a row.*\nthe disk is full$/s)
})

test('a server that is stopped is not started again, even if it has just ended', async () => {
  superviseIt(server(runs))
  kill(processes.at(-1))
  await supervised.stop()
  expect(processes.filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null)).toEqual([])
})

test('a start that is under way is given up when the server is stopped', async () => {
  const given: AbortSignal[] = []
  const never = (signal: AbortSignal) => {
    given.push(signal)
    return sleep(60_000, undefined, { signal })
  }
  superviseIt({ ...server(runs), restart: never })
  kill(processes.at(-1))
  await until(() => given.length === 1)
  await supervised.stop()
  expect(given[0]!.aborted).toBe(true)
})
