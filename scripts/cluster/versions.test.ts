import { readdirSync, readFileSync } from 'node:fs'
import { parse } from 'yaml'

/** The one table of versions. */
const versions = Object.fromEntries(
  [...readFileSync('k8s/README.md', 'utf8').matchAll(/^\| ([\w-]+) +\| (v[\d.]+) +\|/gm)].map(([, part, version]) => [
    part,
    version,
  ]),
)
const parts = readdirSync('k8s', { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)
const kustomization = (part: string) => parse(readFileSync(`k8s/${part}/kustomization.yaml`, 'utf8'))
const remote = (part: string) => (kustomization(part).resources as string[]).filter((each) => each.includes('://'))

test('every remote manifest is one released file of the version in the table', () => {
  const fetched = Object.fromEntries(
    parts
      .filter((part) => remote(part).length > 0)
      .map((part) => [
        part,
        remote(part).map((url) => /\/releases\/download\/(v[\d.]+)\/[\w.-]+\.ya?ml$/.exec(url)?.[1]),
      ]),
  )
  const { kind, Kubernetes, ...fromTable } = versions
  expect([kind, Kubernetes]).toEqual([expect.any(String), expect.any(String)])
  expect(fetched).toEqual(Object.fromEntries(Object.entries(fromTable).map(([part, version]) => [part, [version]])))
  for (const part of parts) expect(readFileSync('k8s/README.md', 'utf8')).toContain(`-k k8s/${part}\n`)
})

test("kind's node image has the version in the table and is pinned by digest", () => {
  const text = readFileSync('kind-config.yaml', 'utf8')
  const { name, nodes } = parse(text)
  expect(name).toBe('warren')
  for (const { image } of nodes)
    expect(image).toMatch(new RegExp(`^kindest/node:${versions['Kubernetes']}@sha256:[0-9a-f]{64}$`))
  expect(text).toContain(`kind ${versions['kind']} `)
})

test('the namespaces of the operators accept restricted pods only', () => {
  const enforced = { 'pod-security.kubernetes.io/enforce': 'restricted' }
  for (const part of parts.filter((each) => remote(each).length > 0)) {
    const patches = (kustomization(part).patches as { target: { kind: string }; patch: string }[])
      .filter(({ target }) => target.kind === 'Namespace')
      .map(({ patch }) => parse(patch).metadata.labels)
    expect([part, patches]).toEqual([part, [enforced]])
  }
})
