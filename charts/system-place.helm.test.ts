import { chartTest } from './testing/needs-helm.ts'
import { broker, podOf, system } from './testing/system-chart.ts'

const production = 'charts/system/values-production.yaml'

describe('images', () => {
  chartTest('a digest pins the mail sink beside its tag', () => {
    const digest = `sha256:${'a'.repeat(64)}`
    const image = podOf(system({ image: { tag: 'v1', digest } }), 'mail').spec.containers[0].image
    expect(image).toBe(`docker.io/warren/mail:v1@${digest}`)
  })

  chartTest('in production no image has a tag that moves', () => {
    const objects = system({ mail: { enabled: true }, postgres: { external: { host: 'db.example' } } }, [production])
    const images = [
      broker(objects).image,
      ...objects.flatMap(({ spec }) => spec?.template?.spec?.containers ?? []).map(({ image }) => image),
    ]
    expect(images.length).toBe(4)
    for (const image of images) expect(image).toMatch(/:v?\d+\.\d+\.\d+(-[a-z]+)?(@sha256:[0-9a-f]{64})?$/)
  })
})

describe('a mistake is refused with the name of its key:', () => {
  const mistakes: [object, string][] = [
    [{ toleration: [] }, "additional properties 'toleration' not allowed"],
    [{ rabbitmq: { nodeSelektor: {} } }, "at '/rabbitmq': additional properties 'nodeSelektor' not allowed"],
    [{ rabbitmq: { memory: '4Gi' } }, "at '/rabbitmq': additional properties 'memory' not allowed"],
    [{ postgres: { podSecurityContext: { runAs: 1 } } }, "at '/postgres/podSecurityContext': additional properties"],
    [{ namespaces: { keda: '' } }, "at '/namespaces/keda'"],
    [{ networkPolicy: { dns: { port: 'dns' } } }, "at '/networkPolicy/dns/port'"],
  ]
  for (const [set, sentence] of mistakes)
    chartTest(JSON.stringify(set), () => {
      expect(() => system(set)).toThrow(sentence)
    })
})
