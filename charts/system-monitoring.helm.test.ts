import { parse } from 'yaml'
import { dashboards, rules } from './testing/files.ts'
import { chartTest } from './testing/needs-helm.ts'
import { only, render } from './testing/render.ts'

const operator = ['monitoring.coreos.com/v1/PodMonitor', 'monitoring.coreos.com/v1/PrometheusRule']
const production = 'charts/system/values-production.yaml'
const system = (options: { set?: object; apis?: string[]; values?: string[] } = {}) =>
  render({ chart: 'charts/system', release: 'system', namespace: 'shop-1', ...options })
const both = { prometheus: { enabled: true }, grafana: { enabled: true } }

chartTest('Prometheus and Grafana are installed, with everything they need, only if enabled', () => {
  const kinds = (set: object) =>
    system({ set })
      .filter(({ metadata }) => ['prometheus', 'grafana'].includes(metadata.name))
      .map(({ kind, metadata }) => `${kind} ${metadata.name}`)
      .sort()
  expect(kinds({})).toEqual([])
  expect(kinds(both)).toEqual([
    'ConfigMap grafana',
    'ConfigMap prometheus',
    'Deployment grafana',
    'Deployment prometheus',
    'NetworkPolicy grafana',
    'NetworkPolicy prometheus',
    'Role prometheus',
    'RoleBinding prometheus',
    'Service grafana',
    'Service prometheus',
    'ServiceAccount prometheus',
  ])
})

chartTest("the Prometheus operator's kinds are used only where they exist", () => {
  const ofOperator = (apis: string[]) =>
    system({ apis })
      .filter(({ apiVersion }) => apiVersion === 'monitoring.coreos.com/v1')
      .map(({ kind, metadata }) => `${kind} ${metadata.name}`)
      .sort()
  expect(ofOperator([])).toEqual([])
  expect(ofOperator(operator)).toEqual(['PodMonitor keda', 'PodMonitor rabbit', 'PrometheusRule system'])
})

chartTest("both ways of installing the rules yield those in the files, for the release's namespace", () => {
  const expected = rules('shop-1').flatMap(({ groups }) => groups)
  expect(JSON.stringify(expected)).toContain('namespace=\\"shop-1\\"')
  const objects = system({ apis: operator, set: both })
  expect(only(objects, 'PrometheusRule').spec.groups).toEqual(expected)

  const files = Object.entries(only(objects, 'ConfigMap', 'prometheus').data as Record<string, string>)
  const ruleFiles = files.filter(([name]) => name.endsWith('.rules.yaml')).map(([, text]) => parse(text))
  expect(ruleFiles.flatMap(({ groups }) => groups as unknown[])).toEqual(expected)
})

chartTest('both ways of scraping the broker read the same metrics, with TLS if the broker requires it', () => {
  for (const [values, port, scheme] of [
    [[], 'prometheus', undefined],
    [[production], 'prometheus-tls', 'https'],
  ] as const) {
    const objects = system({ apis: operator, set: both, values: [...values] })
    const endpoints = only(objects, 'PodMonitor', 'rabbit').spec.podMetricsEndpoints as Record<string, any>[]
    const text = (only(objects, 'ConfigMap', 'prometheus').data as Record<string, string>)['prometheus.yml']!
    const jobs = (parse(text) as { scrape_configs: Record<string, any>[] }).scrape_configs.filter(({ job_name }) =>
      String(job_name).startsWith('rabbit'),
    )
    expect(endpoints.map(({ path, params }) => ({ path, params }))).toEqual(
      jobs.map(({ metrics_path, params }) => ({ path: metrics_path, params })),
    )
    expect(endpoints.map(({ port, scheme }) => [port, scheme])).toEqual([
      [port, scheme],
      [port, scheme],
    ])
    expect(jobs.map(({ scheme, relabel_configs: [keep] }) => [keep.regex, scheme])).toEqual([
      [`rabbit;${port}`, scheme],
      [`rabbit;${port}`, scheme],
    ])
  }
})

chartTest(
  'every dashboard is a ConfigMap that Grafana finds by its label, and the Grafana of the chart has them all',
  () => {
    const objects = system({ set: { ...both, dashboards: { label: 'find-me', value: 'true' } } })
    const found = objects.filter(({ metadata }) => metadata.labels?.['find-me'] === 'true')
    expect(found.map(({ data }) => JSON.parse(Object.values(data as Record<string, string>)[0]!))).toEqual(dashboards())

    const { containers, volumes } = only(objects, 'Deployment', 'grafana').spec.template.spec as {
      containers: { env: { name: string; value: string }[] }[]
      volumes: { name: string; projected?: { sources: { configMap: object }[] } }[]
    }
    const mounted = volumes.find(({ name }) => name === 'dashboards')?.projected?.sources
    expect(mounted?.map(({ configMap }) => configMap)).toEqual(found.map(({ metadata }) => ({ name: metadata.name })))
    const home = containers[0]?.env.find(({ name }) => name.endsWith('HOME_DASHBOARD_PATH'))?.value ?? ''
    expect(found.flatMap(({ data }) => Object.keys(data as object))).toContain(home.replace('/dashboards/', ''))
  },
)

chartTest('every pod meets Pod Security "restricted" and has a read-only file system', () => {
  for (const name of ['prometheus', 'grafana']) {
    const pod = only(system({ set: both }), 'Deployment', name).spec.template.spec
    expect(pod).toMatchObject({
      automountServiceAccountToken: false,
      securityContext: {
        runAsNonRoot: true,
        runAsUser: expect.any(Number),
        seccompProfile: { type: 'RuntimeDefault' },
      },
    })
    for (const { securityContext } of pod.containers)
      expect(securityContext).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      })
  }
})

chartTest('Prometheus may list the pods of its own namespace and nothing else', () => {
  const objects = system({ set: both })
  expect(only(objects, 'Role', 'prometheus').rules).toEqual([
    { apiGroups: [''], resources: ['pods'], verbs: ['get', 'list', 'watch'] },
  ])
  expect(objects.filter(({ kind }) => kind.startsWith('ClusterRole'))).toEqual([])
})
