import { readFileSync } from 'node:fs'
import { loadManifests } from '#runtime/manifest/index.ts'
import { withVersion } from './chart-version.ts'
import { runtimeFacts, shopSchema, valuesSchema } from './charts.ts'
import { skaffold } from './skaffold.ts'

/** The text of each generated file, by its path from the root of the repository. */
export function generatedFiles(): Record<string, string> {
  const handlers = loadManifests('handlers').map(({ name }) => name)
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }
  const chart = (name: string) => withVersion(readFileSync(`charts/${name}/Chart.yaml`, 'utf8'), version)
  return {
    'charts/handler/Chart.yaml': chart('handler'),
    'charts/shop/Chart.yaml': chart('shop'),
    'charts/handler/values.schema.json': json(valuesSchema()),
    'charts/shop/values.schema.json': json(shopSchema()),
    'charts/handler/files/runtime.json': json(runtimeFacts()),
    'skaffold.yaml': skaffold(readFileSync('skaffold.yaml', 'utf8'), readFileSync('Dockerfile', 'utf8'), handlers),
  }
}

function json(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`
}
