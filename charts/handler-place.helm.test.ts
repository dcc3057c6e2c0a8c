import { readFileSync } from 'node:fs'
import { chartTest } from './testing/needs-helm.ts'
import { only, render, type KubernetesObject } from './testing/render.ts'

const chart = 'charts/handler'
const monitoring = ['monitoring.coreos.com/v1/PodMonitor', 'monitoring.coreos.com/v1/PrometheusRule']
const handler = (set: object = {}, release = 'payments', files: string[] = []) =>
  render({ chart, release, values: [`handlers/${release}/handler.yaml`, ...files], set, apis: monitoring })
const production = (release: string, set: object = {}) =>
  handler(set, release, ['charts/handler/values-production.yaml'])

/** The metadata and the specification of every pod: the handler's, that of its prepare Job, and the one of `helm test`. */
const pods = (objects: readonly KubernetesObject[]): any[] => [
  only(objects, 'Deployment').spec.template,
  only(objects, 'Job').spec.template,
  only(objects, 'Pod'),
]

describe('a setting reaches every pod of a release, of the handler, its prepare Job and its test:', () => {
  const settings = {
    nodeSelector: { pool: 'shop' },
    tolerations: [{ key: 'dedicated', operator: 'Equal', value: 'shop', effect: 'NoSchedule' }],
    affinity: {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: [{ matchExpressions: [{ key: 'disk', operator: 'In', values: ['ssd'] }] }],
        },
      },
    },
    priorityClassName: 'business',
    shareProcessNamespace: false,
  }
  for (const [key, value] of Object.entries(settings))
    chartTest(key, () => {
      for (const { spec } of pods(handler({ [key]: value }))) expect(spec[key]).toEqual(value)
    })

  chartTest('podLabels and podAnnotations', () => {
    const marks = {
      podLabels: { 'azure.workload.identity/use': 'true' },
      podAnnotations: { 'sidecar.istio.io/inject': 'false' },
    }
    for (const { metadata } of pods(handler(marks)))
      expect(metadata).toMatchObject({ labels: marks.podLabels, annotations: marks.podAnnotations })
  })

  chartTest('resources, with a processor limit beside the default requests', () => {
    for (const { spec } of pods(handler({ resources: { limits: { cpu: '1' } } })))
      expect(spec.containers[0].resources).toEqual({
        requests: { cpu: '20m', memory: '96Mi' },
        limits: { cpu: '1', memory: '256Mi' },
      })
  })

  chartTest('extraVolumes and their mounts', () => {
    const volume = { name: 'vault', csi: { driver: 'secrets-store.csi.k8s.io', readOnly: true } }
    const mount = { name: 'vault', mountPath: '/vault', readOnly: true }
    for (const { spec } of pods(handler({ extraVolumes: [volume], extraVolumeMounts: [mount] }))) {
      expect(spec.volumes).toContainEqual(volume)
      expect(spec.containers[0].volumeMounts).toContainEqual(mount)
    }
  })

  chartTest('none of them leaves a trace where it is not set', () => {
    for (const { spec } of pods(handler()))
      for (const key of ['nodeSelector', 'tolerations', 'affinity', 'priorityClassName', 'imagePullSecrets'])
        expect(spec).not.toHaveProperty(key)
    for (const { kind, metadata } of handler())
      if (['Deployment', 'ServiceAccount', 'ScaledObject', 'PodMonitor', 'PrometheusRule'].includes(kind))
        expect([kind, metadata.annotations]).toEqual([kind, undefined])
  })
})

describe('security', () => {
  chartTest('on OpenShift no pod names its user or groups, and all else that Pod Security requires stays', () => {
    for (const { spec } of pods(handler({}, 'payments', ['charts/handler/values-openshift.yaml']))) {
      expect(spec.securityContext).toEqual({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } })
      expect(spec.containers[0].securityContext).toMatchObject({ allowPrivilegeEscalation: false })
    }
  })

  chartTest('a container gets the configured security context, that of a rebuilt handler too', () => {
    const seLinuxOptions = { level: 's0:c1,c2' }
    const objects = handler({ securityContext: { seLinuxOptions }, dev: true })
    for (const { spec } of pods(objects))
      for (const container of [...spec.containers, ...(spec.initContainers ?? [])])
        expect(container.securityContext).toMatchObject({ seLinuxOptions, readOnlyRootFilesystem: true })
  })
})

describe('spreading', () => {
  const constraints = (objects: KubernetesObject[]) =>
    only(objects, 'Deployment').spec.template.spec.topologySpreadConstraints
  const own = {
    labelSelector: {
      matchLabels: {
        'app.kubernetes.io/name': 'payments',
        'app.kubernetes.io/instance': 'payments',
        'app.kubernetes.io/component': 'handler',
      },
    },
  }
  const zones = { maxSkew: 1, topologyKey: 'topology.kubernetes.io/zone', whenUnsatisfiable: 'DoNotSchedule' }

  chartTest("a constraint without a selector spreads the handler's own pods, and one with a selector keeps it", () => {
    const all = { ...zones, labelSelector: { matchLabels: { 'app.kubernetes.io/part-of': 'warren' } } }
    expect(constraints(handler({ topologySpreadConstraints: [zones, all] }))).toEqual([{ ...zones, ...own }, all])
    expect(constraints(handler({ topologySpreadConstraints: [] }))).toBeUndefined()
  })

  chartTest('by default replicas spread over machines, in production over zones too', () => {
    const machines = { topologyKey: 'kubernetes.io/hostname', ...own }
    expect(constraints(handler())).toMatchObject([machines])
    expect(constraints(production('payments'))).toMatchObject([
      machines,
      { topologyKey: 'topology.kubernetes.io/zone', ...own },
    ])
  })
})

describe('drains', () => {
  chartTest(
    'in production a handler that serves HTTP keeps a replica through a drain: it has two, and one goes at a time',
    () => {
      const objects = production('gateway')
      expect(only(objects, 'Deployment').spec.replicas).toBe(2)
      expect(only(objects, 'PodDisruptionBudget').spec.maxUnavailable).toBe(1)
      expect(only(production('gateway', { scale: { max: 5 } }), 'ScaledObject').spec).toMatchObject({
        minReplicaCount: 2,
        maxReplicaCount: 5,
      })
      expect(only(production('gateway', { scale: { max: 1 } }), 'Deployment').spec.replicas).toBe(2)
    },
  )

  chartTest('handlers without HTTP still start from zero in production', () => {
    expect(only(production('payments'), 'ScaledObject').spec.minReplicaCount).toBe(0)
  })

  chartTest('the budget of a drain can be widened, but not to nothing, which would block every drain', () => {
    const budget = (maxUnavailable: unknown) =>
      only(handler({ podDisruptionBudget: { maxUnavailable } }), 'PodDisruptionBudget').spec.maxUnavailable
    expect([budget(3), budget('50%')]).toEqual([3, '50%'])
    for (const blocking of [0, '0%']) expect(() => budget(blocking)).toThrow('/podDisruptionBudget/maxUnavailable')
  })
})

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

  chartTest('a Service, a monitor and its rules get their own', () => {
    const labels = { release: 'kube-prometheus-stack' }
    const annotations = { 'example.com/x': 'y' }
    const set = {
      podMonitor: { labels, annotations },
      prometheusRule: { labels, annotations },
      service: { annotations },
    }
    const objects = handler(set, 'gateway')
    for (const kind of ['PodMonitor', 'PrometheusRule'])
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

describe('images', () => {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8'))
  const digest = `sha256:${'a'.repeat(64)}`
  const images = (objects: KubernetesObject[]) => pods(objects).map(({ spec }) => spec.containers[0].image)

  chartTest('a digest pins the image of every pod beside its tag', () => {
    const image = `docker.io/warren/payments:v1@${digest}`
    expect(images(handler({ image: { tag: 'v1', digest } }))).toEqual([image, image, image])
    expect(() => handler({ image: { digest: 'v1' } })).toThrow('/image/digest')
  })

  chartTest("in production the tag is the chart's version, which is that of package.json", () => {
    const image = `docker.io/warren/payments:${version}`
    expect(images(production('payments'))).toEqual([image, image, image])
    expect(only(production('payments'), 'Deployment').metadata.labels).toMatchObject({
      'app.kubernetes.io/version': version,
    })
  })
})

describe('a mistake in where a handler runs is refused with the name of its key:', () => {
  const mistakes: [object, string][] = [
    [
      { tolerations: [{ key: 'a', effct: 'NoSchedule' }] },
      "at '/tolerations/0': additional properties 'effct' not allowed",
    ],
    [{ affinity: { podAfinity: {} } }, "at '/affinity': additional properties 'podAfinity' not allowed"],
    [{ topologySpreadConstraints: [{ maxSkew: 1 }] }, "at '/topologySpreadConstraints/0': missing properties"],
    [{ podSecurityContext: { runAsUsr: 1 } }, "at '/podSecurityContext': additional properties 'runAsUsr' not allowed"],
    [{ securityContext: { privilege: true } }, "at '/securityContext': additional properties 'privilege' not allowed"],
    [{ resources: { limit: {} } }, "at '/resources': additional properties 'limit' not allowed"],
    [{ serviceAccount: { annotation: {} } }, "at '/serviceAccount': additional properties 'annotation' not allowed"],
    [{ extraEnv: [{ name: 'A', valueForm: {} }] }, "at '/extraEnv/0': additional properties 'valueForm' not allowed"],
    [{ podMonitor: { interval: 30 } }, "at '/podMonitor/interval': got number, want string"],
    [{ podLabels: { pool: 'a b' } }, "at '/podLabels/pool': 'a b' does not match"],
    [
      { networkPolicy: { hosts: { 'a.example': [{ cidr: '1.2.3.4/32' }] } } },
      "additional properties 'cidr' not allowed",
    ],
    [{ networkPolicy: { extraEgres: [] } }, "at '/networkPolicy': additional properties 'extraEgres' not allowed"],
  ]
  for (const [set, sentence] of mistakes)
    chartTest(JSON.stringify(set), () => {
      expect(() => handler(set)).toThrow(sentence)
    })
})
