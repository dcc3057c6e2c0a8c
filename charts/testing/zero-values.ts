import type { KubernetesObject } from './render.ts'

/**
 * The fields of topology resources whose value is the zero value of their type, such as `autoDelete: false`. The topology operator
 * leaves them out when it writes a resource back, so every upgrade would change that resource again.
 */
export function zeroValues(objects: readonly KubernetesObject[]): string[] {
  return objects
    .filter(({ apiVersion, kind }) => apiVersion === 'rabbitmq.com/v1beta1' && kind !== 'RabbitmqCluster')
    .flatMap(({ kind, metadata, spec }) => zeroIn(spec).map((field) => `${kind} ${metadata.name}: spec${field}`))
}

function zeroIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return value ? [] : ['']
  if (Object.keys(value).length === 0) return ['']
  return Object.entries(value).flatMap(([key, inner]) => zeroIn(inner).map((path) => `.${key}${path}`))
}
