import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Metafile } from 'esbuild'

interface Package {
  readonly name: string
  readonly version: string
  readonly license?: string
}

/**
 * The software in an image's bundles (an SBOM, CycloneDX 1.6): every npm package that contributes code to them.
 *
 * @param application the component that the bundles make up
 * @param outputs the bundles in esbuild's metafile
 */
export function softwareList(
  application: Package,
  outputs: readonly Metafile['outputs'][string][],
  root: string,
): object {
  const inputs = outputs.flatMap(({ inputs }) =>
    Object.entries(inputs).flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 ? [path] : [])),
  )
  const folders = new Set(inputs.flatMap((path) => packageFolder(path) ?? []))
  const packages = [...folders].map((folder) => {
    return JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as Package
  })
  const components = packages
    .map((each) => ({ type: 'library', 'bom-ref': reference(each), ...described(each), purl: reference(each) }))
    .sort((one, other) => one.purl.localeCompare(other.purl))
  return {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: { component: { type: 'application', 'bom-ref': application.name, ...described(application) } },
    components,
    dependencies: [{ ref: application.name, dependsOn: components.map(({ purl }) => purl) }],
  }
}

/** `node_modules/a/node_modules/@b/c/index.js` belongs to `node_modules/a/node_modules/@b/c`. */
function packageFolder(path: string): string | undefined {
  return /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0]
}

function described({ name, version, license }: Package) {
  return {
    name,
    version,
    // An SPDX identifier is also an SPDX expression.
    ...(license !== undefined && { licenses: [{ expression: license }] }),
  }
}

function reference({ name, version }: Package): string {
  return `pkg:npm/${name.replace('@', '%40')}@${version}`
}
