import { chartTest } from './testing/needs-helm.ts'
import { handler, production } from './testing/handler-chart.ts'
import { only, type KubernetesObject } from './testing/render.ts'

describe('the network', () => {
  const policy = (objects: KubernetesObject[], name = 'payments') => only(objects, 'NetworkPolicy', name).spec
  const bank = { ipBlock: { cidr: '203.0.113.0/24' } }
  const env = { BANK_URL: 'https://api.bank.example/v1' }
  const https = [{ port: 443, protocol: 'TCP' }]

  chartTest('metrics are readable from the configured places only', () => {
    const metricsFrom = [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'observability' } } }]
    const ports = [{ port: 'metrics', protocol: 'TCP' }]
    expect(policy(handler({ networkPolicy: { metricsFrom } })).ingress).toEqual([{ ports, from: metricsFrom }])
    expect(policy(handler({ networkPolicy: { metricsFrom: [] } })).ingress ?? []).toEqual([])
  })

  chartTest("a host with dots is reachable at its addresses only, the database's host by the prepare Job too", () => {
    const hosts = { 'api.bank.example': [bank], 'db.example': [{ ipBlock: { cidr: '10.0.0.7/32' } }] }
    const objects = handler({ env, postgres: { host: 'db.example' }, networkPolicy: { hosts } })
    const toDatabase = { ports: [{ port: 5432, protocol: 'TCP' }], to: hosts['db.example'] }
    expect(policy(objects).egress).toEqual([expect.anything(), toDatabase, { ports: https, to: [bank] }])
    expect(policy(objects, 'payments-prepare').egress).toEqual([toDatabase])
  })

  chartTest('a host without addresses is left to a policy of your own', () => {
    const hosts = { 'api.bank.example': [], 'db.example': [] }
    const objects = handler({ env, postgres: { host: 'db.example' }, networkPolicy: { hosts } })
    expect(policy(objects).egress).toHaveLength(1)
    expect(policy(objects, 'payments-prepare')).toMatchObject({ policyTypes: ['Ingress', 'Egress'] })
    expect(policy(objects, 'payments-prepare').egress ?? []).toEqual([])
  })

  chartTest(
    'in production no port is open to every address: a host without a place is refused with the way out',
    () => {
      expect(() => production('payments', { env })).toThrow(
        'networkPolicy.hosts must contain api.bank.example, which env.BANK_URL names',
      )
      expect(() => production('payments', { postgres: { host: 'db.example' } })).toThrow(
        'networkPolicy.hosts must contain db.example, which postgres.host names',
      )
      const placed = production('payments', { env, networkPolicy: { hosts: { 'api.bank.example': [bank] } } })
      for (const rule of policy(placed).egress) expect(rule.to).not.toHaveLength(0)
      const open = production('payments', { env, networkPolicy: { allowExternalEgress: true } })
      expect(policy(open).egress).toContainEqual({ ports: https })
    },
  )

  chartTest('a host whose variable comes from a Secret instead is not opened', () => {
    const extraEnv = [{ name: 'BANK_URL', valueFrom: { secretKeyRef: { name: 'vault', key: 'bank' } } }]
    const open = (port: number) => ({ ports: [{ port }] })
    expect(policy(handler({ extraEnv })).egress).toMatchObject([open(5672), open(5432)])
  })

  chartTest('rules of your own are added', () => {
    const extraIngress = [{ from: [{ podSelector: {} }], ports: [{ port: 9229 }] }]
    const extraEgress = [{ to: [bank], ports: [{ port: 587, protocol: 'TCP' }] }]
    const spec = policy(handler({ networkPolicy: { extraIngress, extraEgress } }))
    expect(spec.ingress).toContainEqual(extraIngress[0])
    expect(spec.egress).toContainEqual(extraEgress[0])
  })
})
