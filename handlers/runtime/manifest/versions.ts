import type { AnyContract } from '../contract.ts'
import type { Subscription } from '../on.ts'
import { earlierVersions } from '../upcast.ts'
import type { Manifest } from './schema.ts'

/** These contracts and the earlier versions that they upcast. */
export function withEarlier(contracts: readonly AnyContract[]): AnyContract[] {
  return contracts.flatMap((contract) => [contract, ...earlierVersions(contract)])
}

/** The latest of these contracts that upcasts a message of this type. */
export function laterVersion(type: string, contracts: readonly AnyContract[]): string | undefined {
  return contracts.find((contract) => earlierVersions(contract).some((earlier) => earlier.type === type))?.type
}

/** Code that would handle or publish two versions of one message, one sentence each. */
export function doubled({ name }: Manifest, subscriptions: readonly Subscription[]): string[] {
  const file = `handlers/${name}/handler.ts`
  const inputs = subscriptions.map(({ contract }) => contract)
  const outputs = subscriptions.flatMap((subscription) => subscription.outputs)
  return [
    ...pairs(inputs).map(
      ([later, earlier]) =>
        `${file} handles ${earlier}, and ${later} upcasts it: handle ${later} alone, which gets the messages of both`,
    ),
    ...pairs(outputs).map(
      ([later, earlier]) =>
        `${file} returns ${earlier} and ${later}, which upcasts it: return ${later} alone, because its handlers would get both`,
    ),
  ]
}

function pairs(contracts: readonly AnyContract[]): (readonly [later: string, earlier: string])[] {
  const types = new Set(contracts.map(({ type }) => type))
  return [...new Map(contracts.map((contract) => [contract.type, contract])).values()].flatMap((later) =>
    earlierVersions(later)
      .filter(({ type }) => types.has(type))
      .map(({ type }) => [later.type, type] as const),
  )
}
