import { chartTest } from './testing/needs-helm.ts'
import { only, render, type KubernetesObject } from './testing/render.ts'

const monitoring = ['monitoring.coreos.com/v1/PodMonitor', 'monitoring.coreos.com/v1/PrometheusRule']
const production = 'charts/shop/values-production.yaml'
const everything = { prometheus: { enabled: true }, grafana: { enabled: true } }
const shop = (set: object = {}, values: string[] = []) =>
  render({ chart: 'charts/shop', release: 'shop', values, set: { ...everything, ...set }, apis: monitoring })

const workloads = ['grafana', 'mail', 'postgres', 'prometheus']
const podOf = (objects: readonly KubernetesObject[], name: string) =>
  only(objects, name === 'postgres' ? 'StatefulSet' : 'Deployment', name).spec.template
const broker = (objects: readonly KubernetesObject[]) => only(objects, 'RabbitmqCluster').spec
const brokerPod = (objects: readonly KubernetesObject[]) => broker(objects).override?.statefulSet.spec.template

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
    const objects = shop(settings)
    for (const name of workloads) expect([name, podOf(objects, name).spec]).toMatchObject([name, settings])
    expect(broker(objects)).toMatchObject({ tolerations, affinity })
    expect(brokerPod(objects).spec).toEqual({ containers: [], nodeSelector, priorityClassName: 'business' })
  })

  chartTest('podLabels and podAnnotations', () => {
    const objects = shop({ podLabels, podAnnotations })
    const marks = { labels: podLabels, annotations: podAnnotations }
    for (const name of workloads) expect([name, podOf(objects, name).metadata]).toMatchObject([name, marks])
    expect(brokerPod(objects)).toEqual({ metadata: marks })
  })

  chartTest('pull Secrets', () => {
    const objects = shop({ image: { pullSecrets: ['registry-login', 'other'] } })
    const wanted = [{ name: 'registry-login' }, { name: 'other' }]
    for (const name of workloads) expect([name, podOf(objects, name).spec.imagePullSecrets]).toEqual([name, wanted])
    expect(broker(objects).imagePullSecrets).toEqual(wanted)
  })

  chartTest('a workload replaces it by its own, which may also be none', () => {
    const own = { pool: 'brokers' }
    const objects = shop({ nodeSelector, tolerations, rabbitmq: { nodeSelector: own }, mail: { tolerations: [] } })
    expect(brokerPod(objects).spec.nodeSelector).toEqual(own)
    expect(podOf(objects, 'postgres').spec.nodeSelector).toEqual(nodeSelector)
    expect(podOf(objects, 'mail').spec).not.toHaveProperty('tolerations')
    expect(podOf(objects, 'postgres').spec.tolerations).toEqual(tolerations)
  })

  chartTest('none of them leaves a trace where it is not set', () => {
    const objects = shop()
    const settings = ['nodeSelector', 'tolerations', 'affinity', 'priorityClassName', 'imagePullSecrets', 'override']
    const pods = [...workloads.map((name) => podOf(objects, name).spec), broker(objects)]
    for (const pod of pods) for (const key of settings) expect(pod).not.toHaveProperty(key)
    expect(podOf(objects, 'grafana').spec).not.toHaveProperty('serviceAccountName')
  })
})

describe('several nodes of the broker', () => {
  const three = (rabbitmq: object, more: object = {}) => shop({ ...more, rabbitmq: { replicas: 3, ...rabbitmq } })
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
    const objects = shop({
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
    expect(() => shop({ rabbitmq: { resources: { limits: { memory: '2Gi' } } } })).toThrow(
      'the memory in rabbitmq.resources must be the same in requests and limits (got 1Gi and 2Gi)',
    )
  })
})

describe('on OpenShift', () => {
  const objects = () => shop({}, ['charts/shop/values-openshift.yaml'])

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

describe('labels and annotations', () => {
  const labels = { 'cost-center': '4711' }
  const annotations = { 'example.com/owner': 'shop@bank.example' }

  chartTest('common ones are on every object and every pod, and in no selector', () => {
    const objects = shop({ commonLabels: labels, commonAnnotations: annotations })
    const pods = workloads.map((name) => ({ kind: 'Pod', metadata: podOf(objects, name).metadata }))
    for (const { kind, metadata } of [...objects, ...pods])
      expect([kind, metadata]).toMatchObject([kind, { labels, annotations }])
    for (const { spec } of objects.filter(({ kind }) => ['NetworkPolicy', 'Service', 'PodMonitor'].includes(kind)))
      expect(JSON.stringify(spec)).not.toContain('cost-center')
    for (const { spec } of objects.filter(({ spec }) => spec?.template))
      expect(JSON.stringify(spec.selector)).not.toContain('cost-center')
  })

  chartTest('the Ingress gets its own, such as those of its controller', () => {
    const ingress = { enabled: true, host: 'shop.example', className: 'nginx', labels, annotations }
    const { metadata, spec } = only(shop({ ingress }), 'Ingress')
    expect(metadata).toMatchObject({ labels, annotations })
    expect(spec.ingressClassName).toBe('nginx')
  })

  chartTest('monitors and rules get theirs, and read as often as configured', () => {
    const objects = shop({
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
      expect(() => shop(set)).toThrow(sentence)
    })
})

describe('service accounts', () => {
  const annotations = { 'iam.gke.io/gcp-service-account': 'shop@bank.example' }

  chartTest('pods get one of their own, with the annotations of a workload identity; Prometheus keeps its', () => {
    const objects = shop({ serviceAccount: { create: true, annotations } })
    expect(only(objects, 'ServiceAccount', 'shop')).toMatchObject({
      metadata: { annotations },
      automountServiceAccountToken: false,
    })
    expect(only(objects, 'ServiceAccount', 'prometheus').metadata.annotations).toEqual(annotations)
    expect(workloads.map((name) => podOf(objects, name).spec.serviceAccountName)).toEqual([
      'shop',
      'shop',
      'shop',
      'prometheus',
    ])
  })

  chartTest('or one that exists', () => {
    const objects = shop({ serviceAccount: { name: 'shared' } })
    expect(objects.filter(({ kind }) => kind === 'ServiceAccount')).toHaveLength(1)
    expect(podOf(objects, 'postgres').spec.serviceAccountName).toBe('shared')
  })
})

describe('the network', () => {
  const policy = (objects: KubernetesObject[], name: string) => only(objects, 'NetworkPolicy', name).spec

  chartTest('KEDA and the operators may run in other namespaces', () => {
    const text = JSON.stringify(shop({ namespaces: { keda: 'autoscaling', operators: 'messaging' } }))
    expect(text).not.toMatch(/"keda"\]|name":"keda"}|rabbitmq-system|keda-operator\.keda/)
    for (const part of ['["autoscaling","messaging"]', 'keda-operator.autoscaling.svc']) expect(text).toContain(part)
  })

  chartTest("the broker's metrics are readable from the configured places only", () => {
    const metricsFrom = [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'observability' } } }]
    expect(policy(shop({ networkPolicy: { metricsFrom } }), 'rabbit').ingress).toContainEqual({
      from: metricsFrom,
      ports: [{ port: 15692 }, { port: 15691 }],
    })
    expect(JSON.stringify(policy(shop({ networkPolicy: { metricsFrom: [] } }), 'rabbit'))).not.toContain('15692')
  })

  chartTest('the gateway is reachable from the ingress controller only, if its namespace is given', () => {
    const gatewayFrom = [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'ingress-nginx' } } }]
    expect(policy(shop(), 'gateway-entrance').ingress).toEqual([{ ports: [{ port: 'http' }] }])
    expect(policy(shop({ networkPolicy: { gatewayFrom } }), 'gateway-entrance').ingress).toEqual([
      { ports: [{ port: 'http' }], from: gatewayFrom },
    ])
  })
})

chartTest('Prometheus reaches the API server at its address only, if that is given', () => {
  const apiServer = [{ ipBlock: { cidr: '10.0.0.1/32' } }]
  const egress = (set: object) => only(shop(set), 'NetworkPolicy', 'prometheus').spec.egress
  const ports = [{ port: 443 }, { port: 6443 }]
  expect(egress({})).toContainEqual({ ports })
  expect(egress({ networkPolicy: { apiServer } })).toContainEqual({ ports, to: apiServer })
})

describe('images', () => {
  chartTest('a digest pins the mail sink beside its tag', () => {
    const digest = `sha256:${'a'.repeat(64)}`
    const image = podOf(shop({ image: { tag: 'v1', digest } }), 'mail').spec.containers[0].image
    expect(image).toBe(`docker.io/warren/mail:v1@${digest}`)
  })

  chartTest('in production no image has a tag that moves', () => {
    const objects = shop({ mail: { enabled: true }, postgres: { external: { host: 'db.example' } } }, [production])
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
    [{ ingress: { annotation: {} } }, "at '/ingress': additional properties 'annotation' not allowed"],
    [{ namespaces: { keda: '' } }, "at '/namespaces/keda'"],
    [{ networkPolicy: { dns: { port: 'dns' } } }, "at '/networkPolicy/dns/port'"],
  ]
  for (const [set, sentence] of mistakes)
    chartTest(JSON.stringify(set), () => {
      expect(() => shop(set)).toThrow(sentence)
    })
})
