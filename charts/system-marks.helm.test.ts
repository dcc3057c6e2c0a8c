import { chartTest } from './testing/needs-helm.ts'
import { only } from './testing/render.ts'
import { podOf, system, workloads } from './testing/system-chart.ts'

describe('labels and annotations', () => {
  const labels = { 'cost-center': '4711' }
  const annotations = { 'example.com/owner': 'shop@bank.example' }

  chartTest('common ones are on every object and every pod, and in no selector', () => {
    const objects = system({ commonLabels: labels, commonAnnotations: annotations })
    const pods = workloads.map((name) => ({ kind: 'Pod', metadata: podOf(objects, name).metadata }))
    for (const { kind, metadata } of [...objects, ...pods])
      expect([kind, metadata]).toMatchObject([kind, { labels, annotations }])
    for (const { spec } of objects.filter(({ kind }) => ['NetworkPolicy', 'Service', 'PodMonitor'].includes(kind)))
      expect(JSON.stringify(spec)).not.toContain('cost-center')
    for (const { spec } of objects.filter(({ spec }) => spec?.template))
      expect(JSON.stringify(spec.selector)).not.toContain('cost-center')
  })

  chartTest('monitors and rules get theirs, and read as often as configured', () => {
    const objects = system({
      podMonitor: { labels, annotations, interval: '30s', scrapeTimeout: '10s' },
      prometheusRule: { labels, annotations },
    })
    for (const name of ['keda', 'rabbit']) {
      const { metadata, spec } = only(objects, 'PodMonitor', name)
      expect(metadata).toMatchObject({ labels, annotations })
      for (const endpoint of spec.podMetricsEndpoints)
        expect([name, endpoint]).toMatchObject([name, { interval: '30s', scrapeTimeout: '10s' }])
    }
    expect(only(objects, 'PrometheusRule').metadata).toMatchObject({ labels, annotations })
  })

  const taken: [object, string][] = [
    [{ podLabels: { 'app.kubernetes.io/name': 'x' } }, 'podLabels must not contain app.kubernetes.io/name'],
    [{ commonAnnotations: { 'helm.sh/hook': 'x' } }, 'commonAnnotations must not contain helm.sh/hook'],
    [
      { postgres: { podLabels: { 'app.kubernetes.io/component': 'x' } } },
      'postgres.podLabels must not contain app.kubernetes.io/component',
    ],
  ]
  for (const [set, sentence] of taken)
    chartTest(`what the chart relies on cannot be replaced: ${JSON.stringify(set)}`, () => {
      expect(() => system(set)).toThrow(sentence)
    })
})

describe('service accounts', () => {
  const annotations = { 'iam.gke.io/gcp-service-account': 'shop@bank.example' }

  chartTest('pods get one of their own, with the annotations of a workload identity; Prometheus keeps its', () => {
    const objects = system({ serviceAccount: { create: true, annotations } })
    expect(only(objects, 'ServiceAccount', 'system')).toMatchObject({
      metadata: { annotations },
      automountServiceAccountToken: false,
    })
    expect(only(objects, 'ServiceAccount', 'prometheus').metadata.annotations).toEqual(annotations)
    expect(workloads.map((name) => podOf(objects, name).spec.serviceAccountName)).toEqual([
      'system',
      'system',
      'system',
      'prometheus',
    ])
  })

  chartTest('or one that exists', () => {
    const objects = system({ serviceAccount: { name: 'shared' } })
    expect(objects.filter(({ kind }) => kind === 'ServiceAccount')).toHaveLength(1)
    expect(podOf(objects, 'postgres').spec.serviceAccountName).toBe('shared')
  })
})
