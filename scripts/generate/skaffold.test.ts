import { parseAllDocuments } from 'yaml'
import { skaffold, type Surroundings } from './skaffold.ts'

const here: Surroundings = {
  namespace: 'trips',
  cluster: 'laptop',
  dockerfile: 'ARG BASE=example/node:nonroot\nFROM $BASE\n',
  own: (path) => path,
}
/** A system that has installed the package. */
const elsewhere: Surroundings = { ...here, own: (path) => `node_modules/warren/${path}` }
const handlers = [{ name: 'booking' }, { name: 'front-door', http: 3000, entrance: {} }]
const parsed = (surroundings: Surroundings, of = handlers) =>
  parseAllDocuments(skaffold(of, surroundings)).map((document): any => {
    expect(document.errors).toEqual([])
    return document.toJS()
  })

test('a handler has an artifact, a release and a debug image', () => {
  const [, second] = parsed(here)
  expect(second.build.artifacts).toMatchObject([
    { image: 'docker.io/warren/booking' },
    { image: 'docker.io/warren/front-door' },
  ])
  expect(second.deploy.helm.releases[1]).toMatchObject({
    name: 'front-door',
    namespace: 'trips',
    valuesFiles: ['handlers/front-door/handler.yaml'],
    setValueTemplates: { 'image.reference': '{{.IMAGE_FULLY_QUALIFIED_docker_io_warren_front_door}}' },
  })
  expect(second.profiles[1].patches).toEqual([
    expect.anything(),
    ...[0, 1].map((index) => ({
      op: 'add',
      path: `/build/artifacts/${index}/docker/buildArgs/BASE`,
      value: 'example/node:debug-nonroot',
    })),
  ])
})

test('handlers with an entrance are forwarded to this machine, from port 8080 up', () => {
  const forwards = (of: typeof handlers) => parsed(here, of)[1].portForward
  expect(forwards([...handlers, { name: 'shop-window', http: 8080, entrance: {} }])).toMatchObject([
    { resourceName: 'front-door', namespace: 'trips', port: 3000, localPort: 8080 },
    { resourceName: 'shop-window', namespace: 'trips', port: 8080, localPort: 8081 },
  ])
  expect(forwards([{ name: 'booking' }])).toBeUndefined()
})

test('a system that has installed Warren builds and deploys with the files of the package', () => {
  const [first, second] = parsed(elsewhere)
  expect(first.build.artifacts[0].docker.dockerfile).toBe('node_modules/warren/Dockerfile')
  expect(second.build.artifacts[1].docker).toEqual({
    dockerfile: 'node_modules/warren/Dockerfile',
    buildArgs: { HANDLER: 'front-door' },
  })
  expect(first.deploy.helm.releases[0].chartPath).toBe('node_modules/warren/charts/system')
  expect(second.deploy.helm.releases[0].chartPath).toBe('node_modules/warren/charts/handler')
  expect(first.profiles[0].activation).toEqual([{ kubeContext: 'kind-laptop' }])
})

test('a Dockerfile without its base is refused in a sentence', () => {
  expect(() => skaffold(handlers, { ...here, dockerfile: 'FROM scratch\n' })).toThrow('Dockerfile: `ARG BASE=')
})
