import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { gracePeriod, type Manifest } from '#runtime/manifest/index.ts'
import { queueNames } from '#runtime/topology/index.ts'
import type { Bundle } from '../build/bundles.ts'
import type { Scalable } from './autoscaler.ts'
import { calls } from '../inspect/doors.ts'
import type { Program } from './replica.ts'
import { createReplicas } from './replicas.ts'
import type { RunningProcesses } from './running.ts'

/** A handler that runs on this machine. */
export interface LocalHandler extends Scalable {
  readonly manifest: () => Manifest
  readonly logFile: string
  /** Replaces its processes with those of a new build, one after another. */
  renew(bundle: Bundle): Promise<void>
}

interface Surroundings {
  /** The folder for the output of the processes. */
  readonly logs: string
  readonly running: RunningProcesses
  readonly environment: (manifest: Manifest) => Record<string, string>
  readonly report: (sentence: string) => void
}

/** A handler that runs this bundle; it has no processes yet. */
export function localHandler(bundle: Bundle, { logs, running, environment, report }: Surroundings): LocalHandler {
  let { manifest } = bundle
  const logFile = join(logs, `${bundle.name}.log`)
  const program = (): Program => ({ handler: bundle.name, file: bundle.file, env: environment(manifest), logFile })
  // Replicas would need the same port: nothing here balances requests as a Service does in the cluster.
  const alone = manifest.http !== undefined
  const replicas = createReplicas(program(), { grace: gracePeriod(manifest), alone, running, report })

  return {
    name: bundle.name,
    logFile,
    replicas,
    manifest: () => manifest,
    work: () => queueNames(manifest, 'work'),
    questions: () => queueNames(manifest, 'questions'),
    rules: () => (alone ? { ...manifest.scale, min: 1, max: 1 } : manifest.scale),
    async renew(next) {
      manifest = next.manifest
      await replicas.renew(program())
    },
  }
}

/**
 * Starts the minimum of processes of each handler, and waits until they are ready.
 *
 * @throws an error with the handler and its log file if one is not ready within 30 s
 */
export async function startMinimum(handlers: readonly LocalHandler[], signal?: AbortSignal): Promise<void> {
  const deadline = Date.now() + 30_000
  for (const { replicas, rules } of handlers) replicas.scaleTo(rules().min)
  const missing = () => handlers.filter(({ replicas, rules }) => replicas.ready() < rules().min)
  while (missing().length > 0) {
    const failed = missing().find(({ replicas }) => replicas.failures() > 1 || Date.now() > deadline)
    if (failed) throw new Error(`${failed.name} does not become ready: ${failed.logFile} explains why.`)
    await sleep(20, undefined, { ...(signal && { signal }) })
  }
}

/** Stops all processes. Handlers that others call stop last, so that the others can finish their deliveries. */
export async function stopHandlers(handlers: readonly LocalHandler[]): Promise<void> {
  const called = new Set(handlers.flatMap(({ manifest }) => calls(manifest())))
  const stop = (some: readonly LocalHandler[]) => Promise.all(some.map(({ replicas }) => replicas.stop()))
  await stop(handlers.filter(({ name }) => !called.has(name)))
  await stop(handlers.filter(({ name }) => called.has(name)))
}

/**
 * Returns a function that deploys new builds: it prepares the broker and the databases, then replaces the processes of the handlers
 * that changed. Builds are deployed one after another, however fast they arrive. One that was refused is part of the next attempt.
 *
 * @param prepare gets the manifests of the handlers that run: a folder that was added since is not part of the system yet
 */
export function renewHandlers(
  handlers: readonly LocalHandler[],
  report: (sentence: string) => void,
  prepare: (manifests: readonly Manifest[]) => Promise<unknown>,
): (bundles: readonly Bundle[]) => void {
  let last = Promise.resolve()
  const pending = new Map<string, Bundle>()

  async function renew(bundles: readonly Bundle[]) {
    report(`Changed: ${bundles.map(({ name }) => name).join(', ')}`)
    for (const bundle of bundles) pending.set(bundle.name, bundle)
    await prepare(handlers.map(({ name, manifest }) => pending.get(name)?.manifest ?? manifest()))
    const next = handlers.flatMap((handler) => {
      const bundle = pending.get(handler.name)
      return bundle ? [{ handler, bundle }] : []
    })
    pending.clear()
    await Promise.all(next.map(({ handler, bundle }) => handler.renew(bundle)))
  }
  return (bundles) => {
    last = last
      .then(() => renew(bundles))
      .catch((error: unknown) => report(`${(error as Error).message}\nThe old build keeps running.`))
  }
}
