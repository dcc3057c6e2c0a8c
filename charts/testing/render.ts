import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'

/** A Kubernetes object. */
export interface KubernetesObject {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: {
    readonly name: string
    readonly labels?: Record<string, string>
    readonly annotations?: Record<string, string>
  }
  readonly [key: string]: any
}

export interface Rendering {
  /** The chart's folder. */
  readonly chart: string
  /** The release's name. */
  readonly release: string
  /** The namespace; `shop` by default. */
  readonly namespace?: string
  /** Values files; the last one wins. */
  readonly values?: readonly string[]
  /** Values that override the files. */
  readonly set?: object
  /** APIs of the cluster in addition to the Kubernetes API, such as `monitoring.coreos.com/v1/PodMonitor`. */
  readonly apis?: readonly string[]
}

/**
 * The objects that `helm template` renders, hooks included.
 *
 * @throws Error with the output of helm
 */
export function render(rendering: Rendering): KubernetesObject[] {
  const folder = mkdtempSync(join(tmpdir(), 'render-'))
  try {
    const args = templateArguments(rendering, folder)
    const { status, stdout, stderr } = spawnSync('helm', args, { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 })
    if (status !== 0) throw new Error(stderr)
    return objectsIn(stdout)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** The objects in a stream of YAML documents. */
export function objectsIn(text: string): KubernetesObject[] {
  return parseAllDocuments(text).flatMap((document) => (document.toJS() as KubernetesObject | null) ?? [])
}

/** The arguments of `helm`; the values in `set` are written to a file in the folder. */
export function templateArguments(rendering: Rendering, folder: string): string[] {
  const { chart, release, namespace = 'shop', values = [], set = {}, apis = [] } = rendering
  const last = join(folder, 'set.json')
  writeFileSync(last, JSON.stringify(set))
  const options = [
    ...[...values, last].flatMap((file) => ['-f', file]),
    ...apis.flatMap((api) => ['--api-versions', api]),
  ]
  return ['template', release, chart, '--namespace', namespace, ...options]
}

/** The only object of a kind, or of a kind and a name. Throws an error that lists the candidates unless there is exactly one. */
export function only(objects: readonly KubernetesObject[], kind: string, name?: string): KubernetesObject {
  const found = objects.filter(
    (object) => object.kind === kind && (name === undefined || object.metadata.name === name),
  )
  if (found.length === 1) return found[0]!
  const there = objects.map((object) => `${object.kind} ${object.metadata.name}`).join(', ')
  throw new Error(`there are ${found.length} of ${[kind, name].filter(Boolean).join(' ')} among ${there}`)
}
