import type { AnyContract } from 'warren'
import type { Manifest } from '#runtime/manifest/index.ts'
import { contradictions, gaps, idle } from '#runtime/topology/index.ts'

/** What is wrong in a set of handlers, and what only looks forgotten; one sentence each. */
export function findings(manifests: readonly Manifest[], contracts: object): { errors: string[]; warnings: string[] } {
  const types = Object.values(contracts).flatMap((exported: unknown) => (isContract(exported) ? [exported.type] : []))
  return {
    errors: [...contradictions(manifests), ...gaps(manifests), ...sharedNodePorts(manifests)],
    warnings: idle(manifests, types),
  }
}

/** A port of the nodes leads to one Service: Kubernetes refuses the second. */
function sharedNodePorts(manifests: readonly Manifest[]): string[] {
  const ports = new Set(manifests.flatMap(({ entrance }) => entrance?.nodePort ?? []))
  return [...ports].flatMap((port) => {
    const owners = manifests.filter(({ entrance }) => entrance?.nodePort === port)
    const files = owners.map(({ name }) => `handlers/${name}/handler.yaml`)
    return files.length < 2 ? [] : [`entrance.nodePort ${port} is in ${files.join(' and ')}: give each another port`]
  })
}

function isContract(exported: unknown): exported is AnyContract {
  return typeof exported === 'function' && 'schema' in exported && 'type' in exported
}
