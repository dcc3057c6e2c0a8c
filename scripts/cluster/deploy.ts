import { table } from '../cli/table.ts'
import { seconds } from '../cli/units.ts'
import { must, pasteable, run } from './run-program.ts'
import type { DeployOptions } from './deploy-command.ts'
import { makeNamespace } from './make-namespace.ts'
import { runPastWebhooks } from './past-webhooks.ts'
import { releases, type Release } from './releases.ts'
import { waitUntilReady } from './wait-until-ready.ts'

interface Outcome {
  readonly result: 'deployed' | 'failed'
  /** Milliseconds. */
  readonly took: number
}

const done = { code: 0, output: '' }

/** Releases at a time: a machine that also runs the cluster has no capacity for more. */
const atOnce = 2

/**
 * Installs or upgrades the releases with plain helm commands, prints each as it runs, and waits until their objects are ready.
 *
 * @param handlers all that exist
 * @returns whether all are deployed
 */
export async function deploy(
  options: DeployOptions,
  handlers: readonly string[],
  print: (line: string) => void,
): Promise<boolean> {
  const { system, handlers: rest } = releases(options, handlers)
  const outcomes = new Map<Release, Outcome>()
  const deployAll = async (waiting: Release[]) => {
    for (let next = waiting.shift(); next; next = waiting.shift())
      outcomes.set(next, await upgrade(next, options, print))
  }
  const allGood = () => [...outcomes.values()].every(({ result }) => result === 'deployed')

  if (!options.onlyWait) await makeNamespace(options.namespace, print)
  if (system) await deployAll([system])
  // Handlers cannot become ready without charts/system.
  const waiting = allGood() ? [...rest] : []
  await Promise.all(Array.from({ length: atOnce }, () => deployAll(waiting)))

  print('')
  const rows = [...(system ? [system] : []), ...rest].map((release) => {
    const { result, took } = outcomes.get(release) ?? { result: 'not tried', took: undefined }
    return [release.name, result, took === undefined ? '' : seconds(took)]
  })
  table(['release', 'result', 'took'], rows).forEach(print)
  return allGood()
}

async function upgrade(
  { name, command }: Release,
  { namespace, onlyWait }: DeployOptions,
  print: (line: string) => void,
): Promise<Outcome> {
  const began = performance.now()
  const before = onlyWait ? '' : await imageOf(name, namespace)
  if (!onlyWait) print(`$ ${pasteable(command)}`)
  const helm = onlyWait ? Promise.resolve(done) : runPastWebhooks(command, print)
  const applied = helm.then(async ({ code }) => {
    // The tag may name an image that is newer than these pods.
    if (code === 0 && before !== '' && before === (await imageOf(name, namespace)))
      await restart(name, namespace, print)
    return code === 0
  })
  // While helm waits too: it does not make the topology operator try again.
  const waiting = waitUntilReady(name, namespace, applied, print).then(
    () => undefined,
    (error: unknown) => error as Error,
  )
  // Printed in one piece: another release may be under way.
  const failed = (...lines: string[]): Outcome => {
    print([`✗ ${name}:`, ...lines].join('\n'))
    return { result: 'failed', took: performance.now() - began }
  }
  const { code, output } = await helm
  if (code !== 0) return failed(output.trim(), ...(await logOfPrepare(name, namespace, output)))
  const [error] = await Promise.all([waiting, applied])
  if (error) return failed(error.message)
  const took = performance.now() - began
  print(`  ${name} is ${onlyWait ? 'ready' : 'deployed'} (${seconds(took)})`)
  return { result: 'deployed', took }
}

/** The image of a release's pods; empty for a release without a Deployment, such as charts/system. */
async function imageOf(name: string, namespace: string): Promise<string> {
  const image = 'jsonpath={.spec.template.spec.containers[0].image}'
  const command = ['kubectl', 'get', 'deployment', name, '--namespace', namespace, '--ignore-not-found', '-o', image]
  return (await run(command)).output.trim()
}

async function restart(name: string, namespace: string, print: (line: string) => void) {
  const command = ['kubectl', 'rollout', 'restart', `deployment/${name}`, '--namespace', namespace]
  print(`$ ${pasteable(command)}`)
  await must(command)
}

/** The log of a handler's `prepare` Job, which helm does not show; empty unless that Job failed. */
async function logOfPrepare(handler: string, namespace: string, saidByHelm: string): Promise<string[]> {
  const job = `${handler}-prepare`
  if (!saidByHelm.includes(job)) return []
  const { output } = await run(['kubectl', 'logs', `job/${job}`, '--namespace', namespace, '--tail', '30'])
  return [`the log of job/${job}:`, output.trim()]
}
