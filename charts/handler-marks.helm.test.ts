import { chartTest } from './testing/needs-helm.ts'
import { handler, pods } from './testing/handler-chart.ts'
import { only } from './testing/render.ts'

describe('labels and annotations', () => {
  const commonLabels = { 'cost-center': '4711' }
  const commonAnnotations = { 'example.com/owner': 'payments@bank.example' }

  chartTest('common ones are on every object and every pod, and in no selector', () => {
    const objects = handler({ commonLabels, commonAnnotations }, 'gateway')
    const marked = { labels: commonLabels, annotations: commonAnnotations }
    for (const { kind, metadata } of [...objects, ...pods(objects)])
      expect([kind, metadata]).toMatchObject([kind, marked])
    const { selector } = only(objects, 'Deployment').spec
    expect(JSON.stringify([selector, only(objects, 'Service').spec.selector])).not.toContain('cost-center')
    for (const { spec } of objects.filter(({ kind }) => kind === 'NetworkPolicy'))
      expect(JSON.stringify(spec)).not.toContain('cost-center')
  })

  chartTest('an annotation of a pod wins over a common one', () => {
    const objects = handler({ commonAnnotations, podAnnotations: { 'example.com/owner': 'other' } })
    for (const { metadata } of pods(objects)) expect(metadata.annotations['example.com/owner']).toBe('other')
  })

  const taken: [string, string][] = [
    ['podLabels', 'app.kubernetes.io/component'],
    ['commonLabels', 'app.kubernetes.io/name'],
    ['podAnnotations', 'checksum/handler'],
    ['commonAnnotations', 'helm.sh/resource-policy'],
  ]
  for (const [value, key] of taken)
    chartTest(`${value} cannot replace ${key}, on which the chart relies`, () => {
      expect(() => handler({ [value]: { [key]: 'other' } })).toThrow(
        `${value} must not contain ${key}, because the chart sets it`,
      )
    })

  chartTest('a Service, an Ingress, a monitor and its rules get their own', () => {
    const labels = { release: 'kube-prometheus-stack' }
    const annotations = { 'example.com/x': 'y' }
    const set = {
      podMonitor: { labels, annotations },
      prometheusRule: { labels, annotations },
      service: { annotations },
      ingress: { enabled: true, host: 'system.example', labels, annotations },
    }
    const objects = handler(set, 'gateway')
    for (const kind of ['PodMonitor', 'PrometheusRule', 'Ingress'])
      expect(only(objects, kind).metadata).toMatchObject({ labels, annotations })
    expect(only(objects, 'Service').metadata.annotations).toEqual(annotations)
  })

  chartTest('a monitor scrapes as often and waits as long as configured', () => {
    const [endpoint] = only(handler({ podMonitor: { interval: '30s', scrapeTimeout: '5s' } }), 'PodMonitor').spec
      .podMetricsEndpoints
    expect(endpoint).toEqual({ port: 'metrics', interval: '30s', scrapeTimeout: '5s' })
  })
})

describe('the service account', () => {
  chartTest('carries the annotations of a workload identity', () => {
    const annotations = { 'eks.amazonaws.com/role-arn': 'arn:aws:iam::1:role/payments' }
    const objects = handler({ serviceAccount: { annotations } })
    expect(only(objects, 'ServiceAccount', 'payments').metadata.annotations).toEqual(annotations)
  })

  chartTest('may be one that exists, which the prepare Job can then use too', () => {
    const objects = handler({ serviceAccount: { create: false, name: 'shared' } })
    expect(objects.filter(({ kind }) => kind === 'ServiceAccount')).toEqual([])
    for (const { spec } of pods(objects)) expect(spec.serviceAccountName).toBe('shared')
  })

  chartTest('is created after the prepare Job, which runs as `default` of the namespace', () => {
    const [deployed, prepare, test] = pods(handler({ serviceAccount: { name: 'pay' } }))
    expect([deployed, prepare, test].map(({ spec }) => spec.serviceAccountName)).toEqual(['pay', undefined, 'pay'])
  })
})
