import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { objectsIn, render, templateArguments, type KubernetesObject, type Rendering } from './render.ts'

/**
 * Renders a chart as Helm does on a cluster with these objects: `lookup` finds them and nothing else. The stand-in for the API server
 * knows the kinds that the chart renders and those of the objects.
 *
 * @throws Error with the output of helm
 */
export async function renderOn(
  objects: readonly KubernetesObject[],
  rendering: Rendering,
): Promise<KubernetesObject[]> {
  const folder = mkdtempSync(join(tmpdir(), 'render-'))
  const answer = answers([...objects, ...render(rendering)], objects, rendering)
  const server = createServer((request, response) => {
    const found = answer((request.url ?? '').replace(/\?.*/, ''))
    response.writeHead(found ? 200 : 404, { 'content-type': 'application/json' })
    response.end(JSON.stringify(found ?? { apiVersion: 'v1', kind: 'Status', reason: 'NotFound', code: 404 }))
  })
  try {
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const online = ['--dry-run=server', '--disable-openapi-validation', '--kube-apiserver', url]
    const { stdout } = await promisify(execFile)('helm', [...templateArguments(rendering, folder), ...online], {
      env: { ...process.env, KUBECONFIG: join(folder, 'none') },
      maxBuffer: 64 * 1024 * 1024,
    })
    return objectsIn(stdout)
  } finally {
    server.close()
    rmSync(folder, { recursive: true })
  }
}

/** The API server's response for each path. */
function answers(
  known: readonly KubernetesObject[],
  held: readonly KubernetesObject[],
  { release, namespace = 'shop' }: Rendering,
): (path: string) => object | undefined {
  const versions = [...new Set(known.map(({ apiVersion }) => apiVersion))]
  const groups = [...new Set(versions.filter((each) => each.includes('/')).map((each) => each.split('/')[0]!))]
  const owned = held.map((object) => ({
    ...object,
    metadata: {
      ...object.metadata,
      namespace,
      labels: { 'app.kubernetes.io/managed-by': 'Helm', ...object.metadata.labels },
      annotations: { 'meta.helm.sh/release-name': release, 'meta.helm.sh/release-namespace': namespace },
    },
  }))
  const paths = new Map<string, object>([
    ['/version', { major: '1', minor: '35', gitVersion: 'v1.35.0' }],
    ['/api', { kind: 'APIVersions', versions: ['v1'] }],
    ['/apis', { kind: 'APIGroupList', apiVersion: 'v1', groups: groups.map((name) => group(name, versions)) }],
  ])
  for (const version of versions) {
    const kinds = [...new Set(known.filter(({ apiVersion }) => apiVersion === version).map(({ kind }) => kind))]
    const resources = kinds.map((kind) => ({ name: plural(kind), kind, namespaced: true, verbs: ['get', 'list'] }))
    paths.set(root(version), { kind: 'APIResourceList', apiVersion: 'v1', groupVersion: version, resources })
    for (const kind of kinds) {
      const items = owned.filter((object) => object.kind === kind && object.apiVersion === version)
      const folder = `${root(version)}/namespaces/${namespace}/${plural(kind)}`
      paths.set(folder, { apiVersion: version, kind: `${kind}List`, metadata: {}, items })
      for (const object of items) paths.set(`${folder}/${object.metadata.name}`, object)
    }
  }
  return (path) => paths.get(path)
}

function group(name: string, all: readonly string[]) {
  const versions = all
    .filter((each) => each.startsWith(`${name}/`))
    .map((each) => ({ groupVersion: each, version: each.split('/')[1] }))
  return { name, versions, preferredVersion: versions[0] }
}

function root(version: string): string {
  return version.includes('/') ? `/apis/${version}` : `/api/${version}`
}

/** The plural in the API server's paths: `policies`, `ingresses`, `users`. */
function plural(kind: string): string {
  const name = kind.toLowerCase()
  if (name.endsWith('y')) return `${name.slice(0, -1)}ies`
  return name.endsWith('s') ? `${name}es` : `${name}s`
}
