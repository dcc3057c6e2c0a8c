import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { loadManifests } from '#runtime/manifest/index.ts'
import { skaffold } from '../generate/skaffold.ts'
import { ownFile } from '../own-files.ts'
import { scriptsOf } from './scripts.ts'

/** The parts of Warren's package.json that a system's own is made from. */
interface OwnDescription {
  readonly peerDependencies: Readonly<Record<string, string>>
  readonly devDependencies: Readonly<Record<string, string>>
  readonly dependencies: Readonly<Record<string, string>>
}

/** Files whose places a package cannot contain under their own names. */
const renamed: Readonly<Record<string, string>> = { 'workflows/ci.yaml': '.github/workflows/ci.yaml' }

/**
 * All files of a new system, by path: two handlers that work together, their contracts and tests, and what runs, checks and
 * deploys them.
 *
 * @param name of the system
 * @param warren where npm finds Warren, as in a package.json
 */
export function systemFiles(name: string, warren: string): Record<string, string> {
  const template = ownFile('scripts/init/template')
  const own = JSON.parse(readFileSync(ownFile('package.json'), 'utf8')) as OwnDescription
  const copied = readdirSync(template, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(template.length + 1))
    .map((path) => [renamed[path] ?? path, readFileSync(join(template, path), 'utf8').replaceAll('{{name}}', name)])
  return {
    ...(Object.fromEntries(copied) as Record<string, string>),
    'kind-config.yaml': readFileSync(ownFile('kind-config.yaml'), 'utf8').replace('name: warren', `name: ${name}`),
    'skaffold.yaml': skaffold(loadManifests(join(template, 'handlers')), {
      namespace: name,
      cluster: name,
      dockerfile: readFileSync(ownFile('Dockerfile'), 'utf8'),
      own: (path) => join('node_modules/warren', path),
    }),
    'package.json': `${JSON.stringify(description(name, warren, own), undefined, 2)}\n`,
    '.gitignore': 'node_modules/\n.warren/\n',
  }
}

function description(name: string, warren: string, own: OwnDescription): object {
  const types = ['@types/express', '@types/jest', '@types/node'].map((each) => [each, own.devDependencies[each]])
  return {
    name,
    version: '0.1.0',
    private: true,
    type: 'module',
    engines: { node: '>=20' },
    imports: { '#contracts': './handlers/contracts/index.ts' },
    scripts: scriptsOf(),
    dependencies: { express: own.devDependencies['express'], warren, zod: own.dependencies['zod'] },
    devDependencies: sorted({ ...own.peerDependencies, ...(Object.fromEntries(types) as Record<string, string>) }),
  }
}

function sorted(record: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(record).sort(([one], [other]) => (one < other ? -1 : 1)))
}
