import type { AnyContract } from 'warren'
import type { Manifest } from '#runtime/manifest/index.ts'
import { contradictions, gaps, idle } from '#runtime/topology/index.ts'

/** What is wrong in a set of handlers, and what only looks forgotten; one sentence each. */
export function findings(manifests: readonly Manifest[], contracts: object): { errors: string[]; warnings: string[] } {
  const types = Object.values(contracts).flatMap((exported: unknown) => (isContract(exported) ? [exported.type] : []))
  return { errors: [...contradictions(manifests), ...gaps(manifests)], warnings: idle(manifests, types) }
}

function isContract(exported: unknown): exported is AnyContract {
  return typeof exported === 'function' && 'schema' in exported && 'type' in exported
}
