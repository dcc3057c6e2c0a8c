import { chartTest } from './testing/needs-helm.ts'
import { only } from './testing/render.ts'
import { broker, brokerPod, podOf, system, workloads } from './testing/system-chart.ts'

describe('a setting of all pods reaches every pod of the chart, and the broker through its operator:', () => {
  const nodeSelector = { pool: 'shop' }
  const tolerations = [{ key: 'dedicated', operator: 'Exists', effect: 'NoSchedule' }]
  const affinity = {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: [{ matchExpressions: [{ key: 'disk', operator: 'In', values: ['ssd'] }] }],
      },
    },
  }
  const podLabels = { 'cost-center': '4711' }
  const podAnnotations = { 'sidecar.istio.io/inject': 'false' }

  chartTest('nodeSelector, tolerations, affinity and priorityClassName', () => {
    const settings = { nodeSelector, tolerations, affinity, priorityClassName: 'business' }
    const objects = system(settings)
    for (const name of workloads) expect([name, podOf(objects, name).spec]).toMatchObject([name, settings])
    expect(broker(objects)).toMatchObject({ tolerations, affinity })
    expect(brokerPod(objects).spec).toEqual({ containers: [], nodeSelector, priorityClassName: 'business' })
  })

  chartTest('podLabels and podAnnotations', () => {
    const objects = system({ podLabels, podAnnotations })
    const marks = { labels: podLabels, annotations: podAnnotations }
    for (const name of workloads) expect([name, podOf(objects, name).metadata]).toMatchObject([name, marks])
    expect(brokerPod(objects)).toEqual({ metadata: marks })
  })

  chartTest('pull Secrets', () => {
    const objects = system({ image: { pullSecrets: ['registry-login', 'other'] } })
    const wanted = [{ name: 'registry-login' }, { name: 'other' }]
    for (const name of workloads) expect([name, podOf(objects, name).spec.imagePullSecrets]).toEqual([name, wanted])
    expect(broker(objects).imagePullSecrets).toEqual(wanted)
  })

  chartTest('a workload replaces it by its own, which may also be none', () => {
    const own = { pool: 'brokers' }
    const objects = system({ nodeSelector, tolerations, rabbitmq: { nodeSelector: own }, mail: { tolerations: [] } })
    expect(brokerPod(objects).spec.nodeSelector).toEqual(own)
    expect(podOf(objects, 'postgres').spec.nodeSelector).toEqual(nodeSelector)
    expect(podOf(objects, 'mail').spec).not.toHaveProperty('tolerations')
    expect(podOf(objects, 'postgres').spec.tolerations).toEqual(tolerations)
  })

  chartTest('none of them leaves a trace where it is not set', () => {
    const objects = system()
    const settings = ['nodeSelector', 'tolerations', 'affinity', 'priorityClassName', 'imagePullSecrets', 'override']
    const pods = [...workloads.map((name) => podOf(objects, name).spec), broker(objects)]
    for (const pod of pods) for (const key of settings) expect(pod).not.toHaveProperty(key)
    expect(podOf(objects, 'grafana').spec).not.toHaveProperty('serviceAccountName')
  })
})

describe('several nodes of the broker', () => {
  const three = (rabbitmq: object, more: object = {}) => system({ ...more, rabbitmq: { replicas: 3, ...rabbitmq } })
  const nodeAffinity = { preferredDuringSchedulingIgnoredDuringExecution: [] }
  const podAntiAffinity = { preferredDuringSchedulingIgnoredDuringExecution: [] }

  chartTest(
    'never share a machine, whatever other nodes they prefer, unless the values say what else they avoid',
    () => {
      expect(broker(three({}, { affinity: { nodeAffinity } })).affinity).toMatchObject({
        nodeAffinity,
        podAntiAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: 'kubernetes.io/hostname' }],
        },
      })
      expect(broker(three({ affinity: { podAntiAffinity } })).affinity).toEqual({ podAntiAffinity })
    },
  )

  chartTest('spread as the constraints say, which select the nodes of the broker by themselves', () => {
    const rack = { maxSkew: 1, topologyKey: 'example.com/rack', whenUnsatisfiable: 'DoNotSchedule' }
    const { spec } = brokerPod(three({ topologySpreadConstraints: [rack] }))
    expect(spec.topologySpreadConstraints).toEqual([
      { ...rack, labelSelector: { matchLabels: { 'app.kubernetes.io/name': 'rabbit' } } },
    ])
    expect(brokerPod(three({ topologySpreadConstraints: [] }))).toBeUndefined()
  })
})

describe('resources', () => {
  chartTest('every container can be given a processor limit beside its default memory', () => {
    const resources = { limits: { cpu: '2' } }
    const objects = system({
      rabbitmq: { resources },
      postgres: { resources },
      mail: { resources },
      prometheus: { enabled: true, resources },
      grafana: { enabled: true, resources },
    })
    const all = [...workloads.map((name) => podOf(objects, name).spec.containers[0]), broker(objects)]
    for (const { resources: given } of all)
      expect(given).toEqual({
        requests: { cpu: expect.any(String), memory: expect.any(String) },
        limits: { cpu: '2', memory: expect.any(String) },
      })
  })

  chartTest("the broker's memory must be the same in request and limit", () => {
    expect(() => system({ rabbitmq: { resources: { limits: { memory: '2Gi' } } } })).toThrow(
      'the memory in rabbitmq.resources must be the same in requests and limits (got 1Gi and 2Gi)',
    )
  })
})

describe('on OpenShift', () => {
  const objects = () => system({}, ['charts/system/values-openshift.yaml'])

  chartTest('no pod names its user or groups, and all else that Pod Security requires stays', () => {
    for (const name of workloads) {
      const { securityContext, containers } = podOf(objects(), name).spec
      expect([name, securityContext]).toEqual([
        name,
        { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
      ])
      expect(containers[0].securityContext).toMatchObject({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
      })
    }
    // The operator takes an empty context for none.
    expect(brokerPod(objects()).spec).toEqual({ containers: [], securityContext: {} })
  })

  chartTest('pods ask the resolvers of OpenShift', () => {
    expect(only(objects(), 'NetworkPolicy', 'dns').spec.egress).toEqual([
      {
        to: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'openshift-dns' } } }],
        ports: [
          { port: 5353, protocol: 'UDP' },
          { port: 5353, protocol: 'TCP' },
        ],
      },
    ])
  })
})
