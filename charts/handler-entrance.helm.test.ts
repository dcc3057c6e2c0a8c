import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { loadManifests } from '#runtime/manifest/index.ts'
import { handler, production } from './testing/handler-chart.ts'
import { chartTest } from './testing/needs-helm.ts'
import { only, render, type KubernetesObject } from './testing/render.ts'

const thumbnails = (set: object) => render({ chart: 'charts/handler', release: 'thumbnails', set })
const http = { http: 8080, scale: { min: 1 } }
const kinds = (objects: readonly KubernetesObject[]) => objects.map(({ kind }) => kind)
const fromOutside = (objects: readonly KubernetesObject[]) =>
  (only(objects, 'NetworkPolicy', 'thumbnails').spec.ingress as object[]).slice(2)

describe('a handler without an entrance', () => {
  chartTest('has no way in from outside with any values of where it runs', () => {
    const objects = thumbnails({ ...http, ingress: { enabled: true, host: 'system.example' } })
    expect(kinds(objects)).not.toContain('Ingress')
    expect(only(objects, 'Service').spec).not.toHaveProperty('type')
    expect(fromOutside(objects)).toEqual([])
  })
})

describe('a handler with an entrance', () => {
  const entrance = { nodePort: 31_000 }

  chartTest('is open on its port of every node', () => {
    const { type, ports } = only(thumbnails({ ...http, entrance }), 'Service').spec
    expect(type).toBe('NodePort')
    expect(ports).toEqual([{ name: 'http', port: 8080, targetPort: 'http', nodePort: 31_000 }])
  })

  chartTest('has no node port where those are off, nor without one in its handler.yaml', () => {
    for (const set of [{ entrance, nodePorts: false }, { entrance: {} }]) {
      const { type, ports } = only(thumbnails({ ...http, ...set }), 'Service').spec
      expect([type, ports]).toEqual([undefined, [{ name: 'http', port: 8080, targetPort: 'http' }]])
    }
  })

  chartTest(
    'accepts connections from everywhere, or from the ingress controller only, if its namespace is given',
    () => {
      const ports = [{ port: 'http', protocol: 'TCP' }]
      const entranceFrom = [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'ingress-nginx' } } }]
      expect(fromOutside(thumbnails({ ...http, entrance: {} }))).toEqual([{ ports }])
      expect(fromOutside(thumbnails({ ...http, entrance: {}, networkPolicy: { entranceFrom } }))).toEqual([
        { ports, from: entranceFrom },
      ])
    },
  )

  chartTest('has an Ingress where those are on, of the given class and with TLS', () => {
    const ingress = { enabled: true, host: 'system.example', className: 'nginx', tls: 'entrance-tls' }
    const objects = thumbnails({ ...http, entrance: {}, ingress })
    expect(only(objects, 'Ingress', 'thumbnails').spec).toEqual({
      ingressClassName: 'nginx',
      rules: [
        {
          host: 'system.example',
          http: {
            paths: [
              { path: '/', pathType: 'Prefix', backend: { service: { name: 'thumbnails', port: { name: 'http' } } } },
            ],
          },
        },
      ],
      tls: [{ hosts: ['system.example'], secretName: 'entrance-tls' }],
    })
    expect(kinds(thumbnails({ ...http, entrance }))).not.toContain('Ingress')
  })
})

chartTest('the notes of a release say where a handler with an entrance listens', () => {
  const notes = (...set: string[]) => {
    const values = ['http=8080', 'scale.min=1', ...set].flatMap((value) => ['--set', value])
    return spawnSync('helm', ['install', 'thumbnails', 'charts/handler', '--dry-run=client', ...values], {
      encoding: 'utf8',
    }).stdout
  }
  expect(notes()).not.toContain('It listens')
  expect(notes('entrance.nodePort=31000')).toContain('It listens on port 31000 of every node')
  const ingress = ['ingress.enabled=true', 'ingress.host=system.example', 'ingress.tls=entrance-tls']
  expect(notes('entrance.nodePort=31000', ...ingress)).toContain('It listens at https://system.example\n')
})

const entrances = loadManifests('handlers').filter(({ entrance }) => entrance)

test('kind maps the node port of every entrance to this machine, each another one', () => {
  const mappings: { containerPort: number; listenAddress: string }[] = parse(readFileSync('kind-config.yaml', 'utf8'))
    .nodes[0].extraPortMappings
  expect(entrances.map(({ entrance }) => entrance?.nodePort)).toEqual(mappings.map((mapping) => mapping.containerPort))
  for (const { listenAddress } of mappings) expect(listenAddress).toBe('127.0.0.1')
})

for (const { name } of entrances)
  chartTest(`in production ${name} is reached through an Ingress, and through no node port`, () => {
    const objects = production(name)
    expect(only(objects, 'Service').spec).not.toHaveProperty('type')
    expect(only(objects, 'Ingress', name).spec.rules[0].host).toBe('system.example')
    expect(kinds(handler({}, name))).not.toContain('Ingress')
  })
