import { chartTest } from './testing/needs-helm.ts'
import { handler } from './testing/handler-chart.ts'
import { only, type KubernetesObject } from './testing/render.ts'

describe('the environment', () => {
  const valueFrom = { secretKeyRef: { name: 'vault-gateway', key: 'auth' } }
  const variables = (objects: KubernetesObject[]): any[] =>
    only(objects, 'Deployment').spec.template.spec.containers[0].env

  chartTest(
    'a variable from a Secret of your own replaces that of handler.yaml, and the generated Secret lacks it',
    () => {
      const objects = handler({ extraEnv: [{ name: 'AUTH_SECRET', valueFrom }] }, 'gateway')
      expect(variables(objects).filter(({ name }) => name === 'AUTH_SECRET')).toEqual([
        { name: 'AUTH_SECRET', valueFrom },
      ])
      expect(only(objects, 'Secret').data).not.toHaveProperty('AUTH_SECRET')
      expect(only(objects, 'Pod').spec.containers[0].env).toContainEqual({ name: 'AUTH_SECRET', valueFrom })
    },
  )

  chartTest('whole Secrets and ConfigMaps can be added', () => {
    const extraEnvFrom = [{ secretRef: { name: 'proxy' } }, { prefix: 'APP_', configMapRef: { name: 'settings' } }]
    const objects = handler({ extraEnvFrom })
    for (const kind of ['Deployment', 'Pod']) {
      const { spec } = only(objects, kind)
      expect((spec.template?.spec ?? spec).containers[0].envFrom).toEqual(extraEnvFrom)
    }
  })

  const refused: [string, object, string][] = [
    [
      'a variable that Warren sets',
      { extraEnv: [{ name: 'AMQP_URL', value: 'x' }] },
      'extraEnv must not name AMQP_URL, because Warren sets it',
    ],
    [
      'a variable twice',
      {
        extraEnv: [
          { name: 'A', value: '1' },
          { name: 'A', value: '2' },
        ],
      },
      'extraEnv must name A only once',
    ],
    [
      'the authorities of Node beside those of the broker',
      { broker: { ca: 'broker-ca' }, extraEnv: [{ name: 'NODE_EXTRA_CA_CERTS', value: '/x' }] },
      'extraEnv must not name NODE_EXTRA_CA_CERTS beside broker.ca: add your authority to ca.crt in the Secret broker-ca',
    ],
  ]
  for (const [mistake, set, sentence] of refused)
    chartTest(`${mistake} is refused`, () => {
      expect(() => handler(set)).toThrow(sentence)
    })
})
