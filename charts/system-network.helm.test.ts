import { chartTest } from './testing/needs-helm.ts'
import { only, type KubernetesObject } from './testing/render.ts'
import { system } from './testing/system-chart.ts'

describe('the network', () => {
  const policy = (objects: KubernetesObject[], name: string) => only(objects, 'NetworkPolicy', name).spec

  chartTest('KEDA and the operators may run in other namespaces', () => {
    const text = JSON.stringify(system({ namespaces: { keda: 'autoscaling', operators: 'messaging' } }))
    expect(text).not.toMatch(/"keda"\]|name":"keda"}|rabbitmq-system|keda-operator\.keda/)
    for (const part of ['["autoscaling","messaging"]', 'keda-operator.autoscaling.svc']) expect(text).toContain(part)
  })

  chartTest("the broker's metrics are readable from the configured places only", () => {
    const metricsFrom = [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'observability' } } }]
    expect(policy(system({ networkPolicy: { metricsFrom } }), 'rabbit').ingress).toContainEqual({
      from: metricsFrom,
      ports: [{ port: 15692 }, { port: 15691 }],
    })
    expect(JSON.stringify(policy(system({ networkPolicy: { metricsFrom: [] } }), 'rabbit'))).not.toContain('15692')
  })
})

chartTest('Prometheus reaches the API server at its address only, if that is given', () => {
  const apiServer = [{ ipBlock: { cidr: '10.0.0.1/32' } }]
  const egress = (set: object) => only(system(set), 'NetworkPolicy', 'prometheus').spec.egress
  const ports = [{ port: 443 }, { port: 6443 }]
  expect(egress({})).toContainEqual({ ports })
  expect(egress({ networkPolicy: { apiServer } })).toContainEqual({ ports, to: apiServer })
})
