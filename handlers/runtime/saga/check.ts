import type { z } from 'zod'
import { rolesOf, type SagaParts } from './saga.ts'

const stepName = /^[a-z][a-zA-Z0-9_]{0,31}$/
/** Names that failures use for reasons other than a step. */
const reserved = ['cancel', 'deadline']

/** The first contradiction in a saga, as the rest of a sentence; `undefined` if there is none. */
export function contradiction(saga: SagaParts): string | undefined {
  const { steps, key } = saga
  if (!steps.length) return 'it has no step: write at least one .step(name, { send, done })'

  const pivot = steps.findIndex((step) => step.pivot)
  for (const [index, { name, failed, undo, ...step }] of steps.entries()) {
    if (!stepName.test(name))
      return `"${name}" cannot name a step: up to 32 letters and digits, a lower-case letter first`
    if (reserved.includes(name)) return `no step can be named ${name}: the name is reserved for failures without a step`
    if (steps.findIndex((other) => other.name === name) < index) return `two steps are named ${name}`
    if (pivot === -1 || index < pivot) continue
    if (index > pivot && step.pivot) return `${steps[pivot]!.name} and ${name} cannot both be the pivot`
    const where = index === pivot ? `${name} is the pivot` : `${name} comes after the pivot ${steps[pivot]!.name}`
    if (failed) return `${where} and can only succeed: drop its failed, or move the pivot after it`
    if (undo) return `${where} and is never undone: drop its undo, or move the pivot after it`
  }

  const seen = new Set<string>()
  for (const { contract, is } of rolesOf(saga)) {
    if (seen.has(contract.type))
      return `${contract.type} cannot have two meanings: give each answer a contract of its own`
    seen.add(contract.type)
    const fields = (contract.schema as unknown as z.ZodObject).shape
    if (!(key in fields)) return `${contract.type} has no field ${key}, which identifies its saga`
    if ((is === 'failed' || is === 'cancel') && !('reason' in fields)) return `${contract.type} has no field reason`
  }
  return undefined
}
