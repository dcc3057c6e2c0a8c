import { handler } from './testing/handler-chart.ts'
import { chartTest } from './testing/needs-helm.ts'
import { only } from './testing/render.ts'

const rendered = (set: object = {}, every = '1h') => handler({ redrive: { every }, ...set })
const podOf = (set: object = {}) => only(rendered(set), 'CronJob').spec.jobTemplate.spec.template.spec

chartTest('a handler without redrive has no CronJob, no further user and no further Secret', () => {
  const objects = handler()
  expect(objects.filter(({ kind }) => kind === 'CronJob')).toEqual([])
  expect(objects.filter(({ metadata }) => /redrive/.test(metadata.name))).toEqual([])
})

for (const [every, cron] of [
  ['1m', '*/1 * * * *'],
  ['15m', '*/15 * * * *'],
  ['60m', '0 */1 * * *'],
  ['6h', '0 */6 * * *'],
  ['1d', '0 0 * * *'],
])
  chartTest(`every ${every} is ${cron} for cron, one run at a time`, () => {
    expect(only(rendered({}, every), 'CronJob').spec).toMatchObject({ schedule: cron, concurrencyPolicy: 'Forbid' })
  })

chartTest('its pods meet Pod Security `restricted`, and get the settings of the handler’s own', () => {
  const pod = podOf({ nodeSelector: { pool: 'shop' }, priorityClassName: 'business' })
  const own = only(rendered(), 'Deployment').spec.template.spec
  expect(pod).toMatchObject({
    automountServiceAccountToken: false,
    securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
    nodeSelector: { pool: 'shop' },
    priorityClassName: 'business',
  })
  const [container] = pod.containers
  expect(container).toMatchObject({
    args: ['handler.cjs', 'redrive'],
    image: own.containers[0].image,
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    },
  })
})

chartTest('it logs in to the broker as a user of its own, and knows no other password', () => {
  const [container] = podOf({ database: true, env: { KEY: '' } }).containers
  expect(container.env).toEqual([
    {
      name: 'AMQP_PASSWORD',
      valueFrom: { secretKeyRef: { name: 'payments.redrive-credentials', key: 'password' } },
    },
    { name: 'AMQP_URL', value: 'amqp://payments.redrive@rabbit.shop.svc:5672/warren' },
  ])
  expect(container.envFrom).toBeUndefined()
  const tls = podOf({ broker: { tls: true, ca: 'broker-ca' } })
  expect(tls.containers[0].env).toContainEqual({ name: 'NODE_EXTRA_CA_CERTS', value: '/etc/broker-ca/ca.crt' })
  expect(tls.volumes).toContainEqual(expect.objectContaining({ name: 'broker-ca' }))
})

chartTest('its password is generated, unless a Secret of one’s own is named', () => {
  const secrets = (set: object) =>
    rendered(set)
      .filter(({ kind, metadata }) => kind === 'Secret' && /redrive/.test(metadata.name))
      .map(({ metadata }) => metadata.name)
  expect(secrets({})).toEqual(['payments.redrive-credentials'])
  expect(secrets({ makeSecrets: false })).toEqual([])
  expect(secrets({ redriveCredentials: 'mine' })).toEqual([])
  expect(podOf({ redriveCredentials: 'mine' }).containers[0].env[0].valueFrom.secretKeyRef.name).toBe('mine')
})
