import { readFileSync } from 'node:fs'
import { chartTest } from './testing/needs-helm.ts'
import { handler, pods, production } from './testing/handler-chart.ts'
import { only, type KubernetesObject } from './testing/render.ts'

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
