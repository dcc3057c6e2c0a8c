import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { loadManifests } from '#runtime/manifest/index.ts'
import { defaultNamespace } from '../cluster/default-namespace.ts'
import { kindConfig } from '../cluster/kind-config.ts'
import { fromSource, ownFile, ownPath } from '../own-files.ts'
import { withVersion } from './chart-version.ts'
import { handlerSchema, runtimeFacts, systemSchema, valuesSchema } from './charts.ts'
import { editorSchema, withSchema } from './schema-line.ts'
import { skaffold } from './skaffold.ts'

/** The text of each generated file, by its path from the root of the system; in Warren's own repository, those of the charts too. */
export function generatedFiles(): Record<string, string> {
  const manifests = loadManifests('handlers')
  const surroundings = {
    namespace: defaultNamespace(),
    cluster: kindConfig().cluster,
    dockerfile: readFileSync(ownFile('Dockerfile'), 'utf8'),
    own: ownPath,
  }
  return {
    ...(fromSource ? chartFiles() : {}),
    ...Object.fromEntries(manifests.map(({ name }) => [`handlers/${name}/handler.yaml`, handlerYaml(name)])),
    'skaffold.yaml': skaffold(manifests, surroundings),
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
  return withSchema(readFileSync(`handlers/${name}/handler.yaml`, 'utf8'), join('../..', ownPath(editorSchema)))
}

function json(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`
}
