import * as z from 'zod'
import { givenVariables } from '#runtime/manifest/contradictions.ts'
import {
  consumerTimeout,
  coveredTimeout,
  gracePeriod,
  longestPause,
  transactionTimeout,
} from '#runtime/manifest/limits.ts'
import { parseManifest } from '#runtime/manifest/index.ts'
import { content, folderName, reserved } from '#runtime/manifest/schema.ts'
import { partitionWords } from '#runtime/partition.ts'
import { tiers } from '#runtime/topology/index.ts'
import { systemValues } from './system-values.ts'
import { whereItRuns } from './where-it-runs.ts'

/** The JSON schema of `handler.yaml`, for editors: the chart's values also hold where the handler runs, which the file must not. */
export function handlerSchema(): any {
  const handler = jsonSchema(content)
  const subscription = handler.properties.subscribes
  return {
    ...handler,
    title: 'handler.yaml',
    properties: {
      ...handler.properties,
      // The runtime completes a bare type to a type and a key, which a JSON schema cannot say.
      subscribes: { ...subscription, items: { anyOf: [handler.properties.handles.items, subscription.items] } },
    },
  }
}

/** The JSON schema of the values of `charts/handler`: the schema of `handler.yaml`, and where the handler runs. */
export function valuesSchema(): object {
  const handler = handlerSchema()
  const place = jsonSchema(whereItRuns)
  return {
    ...handler,
    title: 'handler.yaml, and where the handler runs',
    properties: { ...handler.properties, ...place.properties },
  }
}

/** What the chart's templates must know of the runtime. Times are milliseconds. */
export function runtimeFacts(): object {
  const atOnce = { ...parseManifest('any', {}), timeout: 0 }
  return {
    name: { pattern: jsonSchema(folderName).pattern, reserved },
    keys: Object.keys(content.shape),
    variables: givenVariables,
    tiers,
    partitionWords,
    transactionTimeout,
    longestPause,
    consumerTimeout,
    shortestGracePeriod: gracePeriod(atOnce),
    coveredTimeout,
  }
}

/** The JSON schema of the values of `charts/system`. */
export function systemSchema(): object {
  return { ...jsonSchema(systemValues), title: 'Values of charts/system' }
}

function jsonSchema(schema: z.ZodType): any {
  return z.toJSONSchema(schema, { io: 'input', target: 'draft-7', unrepresentable: 'any' })
}
