import { readFileSync } from 'node:fs'
import { loadManifests } from '#runtime/manifest/index.ts'
import { runtimeFacts, valuesSchema } from './handler-chart.ts'
import { skaffold } from './skaffold.ts'

/** The text of each generated file, by its path from the root of the repository. */
export function generatedFiles(): Record<string, string> {
  const handlers = loadManifests('handlers').map(({ name }) => name)
  return {
    'charts/handler/values.schema.json': json(valuesSchema()),
    'charts/handler/files/runtime.json': json(runtimeFacts()),
    'skaffold.yaml': skaffold(readFileSync('skaffold.yaml', 'utf8'), readFileSync('Dockerfile', 'utf8'), handlers),
  }
}

function json(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`
}
