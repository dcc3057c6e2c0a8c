import { existsSync, readFileSync } from 'node:fs'
import { loadManifests } from '#runtime/manifest/index.ts'
import { fromSource, ownFile } from '../own-files.ts'
import { withVersion } from './chart-version.ts'
import { handlerSchema, runtimeFacts, systemSchema, valuesSchema } from './charts.ts'
import { editorSchema, withSchema } from './schema-line.ts'
import { skaffold } from './skaffold.ts'

/** The text of each generated file, by its path from the root of the system; in Warren's own repository, those of the charts too. */
export function generatedFiles(): Record<string, string> {
  const handlers = loadManifests('handlers').map(({ name }) => name)
  return {
    ...(fromSource ? chartFiles() : {}),
    ...Object.fromEntries(handlers.map((name) => [`handlers/${name}/handler.yaml`, handlerYaml(name)])),
    ...(existsSync('skaffold.yaml') && {
      'skaffold.yaml': skaffold(
        readFileSync('skaffold.yaml', 'utf8'),
        readFileSync(ownFile('Dockerfile'), 'utf8'),
        handlers,
      ),
    }),
  }
}

function chartFiles(): Record<string, string> {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }
  const chart = (name: string) => withVersion(readFileSync(`charts/${name}/Chart.yaml`, 'utf8'), version)
  return {
    'charts/handler/Chart.yaml': chart('handler'),
    'charts/system/Chart.yaml': chart('system'),
    'charts/handler/values.schema.json': json(valuesSchema()),
    [editorSchema]: json(handlerSchema()),
    'charts/system/values.schema.json': json(systemSchema()),
    'charts/handler/files/runtime.json': json(runtimeFacts()),
  }
}

function handlerYaml(name: string): string {
  const schema = fromSource ? `../../${editorSchema}` : `../../node_modules/warren/${editorSchema}`
  return withSchema(readFileSync(`handlers/${name}/handler.yaml`, 'utf8'), schema)
}

function json(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`
}
