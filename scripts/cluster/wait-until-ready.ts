import { setTimeout as pause } from 'node:timers/promises'
import { must, pasteable } from './run-program.ts'
import { unready, type Unready } from './unready.ts'

/** All in milliseconds. */
interface Patience {
  /** Between two looks. */
  readonly rest: number
  /** For a broker: the pull of its image, its volume and its start. */
  readonly broker: number
  /** For everything else, once the broker is up. */
  readonly others: number
  /** For the topology operator, before it has to declare its objects again. */
  readonly operator: number
}

const defaults: Patience = { rest: 2_000, broker: 15 * 60_000, others: 5 * 60_000, operator: 5_000 }

/** An unchanged sentence is printed again after this many milliseconds. */
const silence = 30_000

/**
 * Waits until the brokers of a release are up and every object of the release is ready, and prints what is missing.
 *
 * The topology operator tries an object that the broker refused again after 5 ms, 10 ms and so on up to 1000 s. After a broker that
 * starts slowly, queues and bindings would therefore stay undeclared for as long again. A changed annotation of the broker makes the
 * operator declare all objects of that broker at once, and restarts nothing. It is changed until all of them are ready, because an
 * object that is declared before the one on which it depends is refused once more.
 *
 * @param applying resolves when all objects exist, with whether they do; if not, waiting is pointless and ends
 * @throws a sentence with what is missing when the time is over
 */
export async function waitUntilReady(
  release: string,
  namespace: string,
  applying: Promise<boolean>,
  print: (line: string) => void,
  { rest, broker, others, operator }: Patience = defaults,
): Promise<void> {
  const say = speaker(release, print)
  let applied: boolean | undefined
  const settled = applying.then(
    (all) => void (applied = all),
    () => void (applied = false),
  )
  let brokerIsUp: boolean | undefined
  let deadline = Infinity
  let due = 0
  while (applied !== false) {
    const complete = applied
    const found = await unready(release, namespace)
    const sentence = missing(found)
    if (sentence === undefined && complete) return
    if (sentence !== undefined) say(sentence)

    const now = Date.now()
    const isUp = found.brokers.length === 0
    if (isUp !== brokerIsUp) {
      brokerIsUp = isUp
      deadline = now + (isUp ? others : broker)
      due = now + operator
    }
    // Helm has a limit of its own.
    if (!complete && isUp) deadline = now + others
    if (isUp && found.topology.length > 0 && now > due) {
      for (const name of found.usedBrokers) await declareAgain(name, namespace, print)
      due = now + 2 * operator
    }
    if (now > deadline) throw new Error(`${release} did not become ready in time: ${sentence}`)
    await pauseUntil(complete ? undefined : settled, rest)
  }
}

/** Pauses for `rest` milliseconds, or until a promise has settled. */
async function pauseUntil(settled: Promise<void> | undefined, rest: number) {
  const over = new AbortController()
  await Promise.race([pause(rest, undefined, over), ...(settled ? [settled] : [])])
  over.abort()
}

function missing({ brokers, topology, rest }: Unready): string | undefined {
  if (brokers.length > 0) return `waiting for the broker: ${brokers.join(', ')}`
  const objects = [...topology, ...rest]
  if (objects.length === 0) return undefined
  const more = objects.length > 3 ? ` and ${objects.length - 3} more` : ''
  return `waiting for ${objects.slice(0, 3).join(', ')}${more}`
}

async function declareAgain(broker: string, namespace: string, print: (line: string) => void) {
  const annotation = `warren/declared-again=${new Date().toISOString()}`
  const command = [
    'kubectl',
    'annotate',
    'rabbitmqcluster',
    broker,
    annotation,
    '--overwrite',
    '--namespace',
    namespace,
  ]
  print(`$ ${pasteable(command)}`)
  await must(command)
}

/** Prints each new sentence, and an unchanged one now and then. */
function speaker(release: string, print: (line: string) => void) {
  let last = ''
  let next = 0
  return (sentence: string) => {
    if (sentence === last && Date.now() < next) return
    last = sentence
    next = Date.now() + silence
    print(`  ${release}: ${sentence}`)
  }
}
