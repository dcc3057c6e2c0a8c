import { parseAllDocuments } from 'yaml'
import { skaffold } from './skaffold.ts'

const dockerfile = 'ARG BASE=example/node:nonroot\nFROM $BASE\n'
const current = 'metadata: { name: shop }\n\n---\nwhat was generated before\n'

test('a handler has an artifact, a release and a debug image, and what was written by hand is kept', () => {
  const [shop, handlers] = parseAllDocuments(skaffold(current, dockerfile, ['bank', 'thumb-nails'])).map(
    (document): any => document.toJS(),
  )
  expect(shop).toEqual({ metadata: { name: 'shop' } })
  expect(handlers.build.artifacts).toMatchObject([
    { image: 'docker.io/warren/bank' },
    { image: 'docker.io/warren/thumb-nails' },
  ])
  expect(handlers.deploy.helm.releases[1]).toMatchObject({
    name: 'thumb-nails',
    valuesFiles: ['handlers/thumb-nails/handler.yaml'],
    setValueTemplates: { 'image.reference': '{{.IMAGE_FULLY_QUALIFIED_docker_io_warren_thumb_nails}}' },
  })
  expect(handlers.profiles[1].patches).toEqual([
    expect.anything(),
    ...[0, 1].map((index) => ({
      op: 'add',
      path: `/build/artifacts/${index}/docker/buildArgs/BASE`,
      value: 'example/node:debug-nonroot',
    })),
  ])
})

test('generating again changes nothing', () => {
  const once = skaffold(current, dockerfile, ['bank'])
  expect(skaffold(once, dockerfile, ['bank'])).toBe(once)
})

test.each([
  ['Dockerfile: `ARG BASE=', current, 'FROM scratch\n'],
  ['skaffold.yaml: the line `---`', 'metadata: { name: shop }\n', dockerfile],
])('%s… is missing: the sentence names it', (sentence, text, images) => {
  expect(() => skaffold(text, images, [])).toThrow(sentence)
})
