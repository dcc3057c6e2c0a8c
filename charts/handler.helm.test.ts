import { spawnSync } from 'node:child_process'
import { gracePeriod, loadManifests, parseManifest } from '#runtime/manifest/index.ts'
import { chartTest } from './testing/needs-helm.ts'
import { only, render, type KubernetesObject } from './testing/render.ts'

const chart = 'charts/handler'
const of = (release: string, set: object = {}) =>
  render({ chart, release, values: [`handlers/${release}/handler.yaml`], set })
const rendered = (set: object, apis: string[] = []) => render({ chart, release: 'payments', set, apis })
interface Container {
  readonly env: readonly { readonly name: string; readonly value?: string }[]
  readonly volumeMounts: readonly { readonly mountPath: string }[]
}
const podOf = (objects: readonly KubernetesObject[]) => only(objects, 'Deployment').spec.template.spec

for (const { name } of loadManifests('handlers')) {
  chartTest(`helm lint reports nothing about ${name}`, () => {
    const { status, stdout } = spawnSync('helm', [
      'lint',
      '--strict',
      '--quiet',
      chart,
      '-f',
      `handlers/${name}/handler.yaml`,
    ])
    expect({ status, stdout: String(stdout) }).toEqual({ status: 0, stdout: '' })
  })
}

describe('pods', () => {
  const pods = (objects: readonly KubernetesObject[]): any[] => [
    podOf(objects),
    only(objects, 'Job').spec.template.spec,
    only(objects, 'Pod').spec,
  ]

  chartTest('meet the Pod Security level restricted, cannot write to their image and have no token', () => {
    for (const pod of pods(of('gateway'))) {
      expect(pod).toMatchObject({
        automountServiceAccountToken: false,
        enableServiceLinks: false,
        securityContext: { runAsNonRoot: true, runAsUser: 65_532, seccompProfile: { type: 'RuntimeDefault' } },
      })
      for (const container of pod.containers) {
        expect(container.securityContext).toEqual({
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        })
      }
      const volumes: object[] = pod.volumes
      expect(volumes.map((volume) => Object.keys(volume)[1]).sort()).toEqual(['configMap', 'emptyDir'])
    }
  })

  chartTest('read every password from a Secret', () => {
    const objects = of('gateway')
    const { username, ...secrets } = only(objects, 'Secret').data as Record<string, string>
    const text = JSON.stringify(pods(objects))
    expect(text).toContain(Buffer.from(username!, 'base64').toString())
    for (const secret of Object.values(secrets)) expect(text).not.toContain(Buffer.from(secret, 'base64').toString())
    const { env } = podOf(objects).containers[0]
    expect(env).toContainEqual({
      name: 'AUTH_SECRET',
      valueFrom: { secretKeyRef: { name: 'gateway-credentials', key: 'AUTH_SECRET' } },
    })
  })

  chartTest('get the grace period that the runtime requires, and five more seconds if they serve HTTP', () => {
    const seconds = (set: object) => podOf(rendered(set)).terminationGracePeriodSeconds
    for (const timeout of ['1ms', '30s', '30.5s', '45500ms', '2m', '19m']) {
      const runtime = Math.ceil(gracePeriod(parseManifest('payments', { timeout })) / 1_000)
      expect(seconds({ timeout })).toBe(runtime)
      expect(seconds({ timeout, http: 80, scale: { min: 1 } })).toBe(runtime + 5)
    }
  })

  chartTest('are pulled with the configured pull Secrets', () => {
    for (const pod of pods(of('gateway'))) expect(pod).not.toHaveProperty('imagePullSecrets')
    const set = { image: { pullSecrets: ['registry-login', 'other'] } }
    const wanted = [{ name: 'registry-login' }, { name: 'other' }]
    for (const pod of pods(of('gateway', set))) expect(pod.imagePullSecrets).toEqual(wanted)
  })

  chartTest('may prepare the database for as long as Helm waits, or for the configured time', () => {
    const seconds = (set: object) => only(rendered(set), 'Job').spec.activeDeadlineSeconds
    expect([seconds({}), seconds({ prepare: { timeout: '1h' } })]).toEqual([280, 3600])
  })

  chartTest(
    'terminate at once on a SIGTERM before their signal handler is installed: no process in them is PID 1',
    () => {
      for (const pod of pods(of('gateway'))) expect(pod.shareProcessNamespace).toBe(true)
    },
  )

  chartTest('are replaced when handler.yaml changes, but not when only the location of another server does', () => {
    const checksum = (set: object) => only(rendered(set), 'Deployment').spec.template.metadata.annotations
    expect(checksum({ concurrency: 21 })).not.toEqual(checksum({}))
    expect(checksum({ postgres: { admin: 'other' } })).toEqual(checksum({}))
  })

  chartTest('read handler.yaml exactly as the runtime parses it', () => {
    for (const manifest of loadManifests('handlers')) {
      const objects = of(manifest.name)
      for (const map of [`${manifest.name}-handler`, `${manifest.name}-prepare`]) {
        const { name, ...content } = JSON.parse(only(objects, 'ConfigMap', map).data['handler.json'])
        expect(parseManifest(name, content)).toEqual(manifest)
      }
    }
  })

  chartTest('passwords are variables of their own, because those in a URL would have to be encoded', () => {
    const objects = rendered({ database: true, postgres: { admin: 'admin' } })
    const [handler, job] = [podOf(objects), only(objects, 'Job').spec.template.spec].map(
      ({ containers }) => containers[0].env as { name: string; value?: string }[],
    )
    const value = (name: string) => [...handler!, ...job!].find((variable) => variable.name === name)
    expect(value('AMQP_URL')?.value).toBe('amqp://payments@rabbit.shop.svc:5672/warren')
    expect(value('DATABASE_URL')?.value).toBe('postgres://payments@postgres.shop.svc:5432/payments')
    expect(value('ADMIN_DATABASE_URL')?.value).toBe('postgres://$(admin_username)@postgres.shop.svc:5432/postgres')
    for (const name of ['AMQP_PASSWORD', 'DATABASE_PASSWORD', 'ADMIN_DATABASE_PASSWORD'])
      expect(value(name)).toMatchObject({ valueFrom: { secretKeyRef: { key: expect.stringMatching(/password$/) } } })
  })

  chartTest('the value of a variable is never expanded as another variable', () => {
    const { env } = podOf(rendered({ env: { PRICE: '$(AMQP_PASSWORD)' } })).containers[0]
    expect(env).toContainEqual({ name: 'PRICE', value: '$$(AMQP_PASSWORD)' })
  })
})

describe('scaling', () => {
  chartTest('a Deployment that KEDA scales sets no replica count', () => {
    const objects = rendered({ scale: { min: 0, max: 7, backlog: 1_000_000, cooldown: '1.5m' } })
    expect(only(objects, 'Deployment').spec).not.toHaveProperty('replicas')
    expect(only(objects, 'ScaledObject').spec).toMatchObject({
      cooldownPeriod: 90,
      minReplicaCount: 0,
      maxReplicaCount: 7,
      advanced: { horizontalPodAutoscalerConfig: { behavior: { scaleDown: { stabilizationWindowSeconds: 90 } } } },
      triggers: [{ type: 'rabbitmq', metadata: { queueName: 'payments', value: '1000000' } }],
    })
  })

  chartTest('if the minimum equals the maximum, the replica count is fixed and nothing scales', () => {
    const objects = rendered({ scale: { min: 2, max: 2 }, database: true })
    expect(only(objects, 'Deployment').spec.replicas).toBe(2)
    expect(objects.filter(({ apiVersion }) => apiVersion.startsWith('keda.sh'))).toEqual([])
  })

  chartTest('due timers wake a handler that has a database, through a read-only role', () => {
    const objects = rendered({ database: true })
    const [, timers] = only(objects, 'ScaledObject').spec.triggers
    expect(timers).toMatchObject({
      type: 'postgresql',
      metadata: { dbName: 'payments', userName: 'payments-scaler', query: 'select due from due_timers' },
      authenticationRef: { name: 'payments-timers' },
    })
    expect(only(objects, 'TriggerAuthentication', 'payments-timers').spec.secretTargetRef).toEqual([
      { parameter: 'password', name: 'payments-credentials', key: 'scaler-password' },
    ])
  })
})

describe('the network', () => {
  const beside = (name: string, port: number) => ({
    ports: [{ port, protocol: 'TCP' }],
    to: [{ podSelector: { matchLabels: { 'app.kubernetes.io/name': name } } }],
  })
  const anywhere = (port: number) => ({ ports: [{ port, protocol: 'TCP' }] })
  const egress = (set: object) => only(rendered(set), 'NetworkPolicy', 'payments').spec.egress

  chartTest('a handler reaches its broker, its database and the hosts in env, and nothing else', () => {
    expect(egress({})).toEqual([beside('rabbit', 5672)])
    const env = {
      BANK_URL: 'http://bank:8080/v1?x=http://other',
      CARRIER: 'https://user:secret@api.carrier.example/orders',
      MAIL: 'smtp://mail:1025',
      NAME: 'Warren <shop@warren.example>',
      ADDRESS: 'http://[2001:db8::1]:81/',
    }
    expect(
      egress({ env, database: true, postgres: { host: 'db.example', port: 5433 }, broker: { tls: true } }),
    ).toEqual([
      beside('rabbit', 5671),
      anywhere(5433),
      anywhere(81),
      beside('bank', 8080),
      anywhere(443),
      beside('mail', 1025),
    ])
  })

  chartTest('before the release exists, the prepare Job reaches the database and nothing else', () => {
    const { podSelector, egress: ways } = only(rendered({ database: true }), 'NetworkPolicy', 'payments-prepare').spec
    expect(podSelector.matchLabels).toMatchObject({ 'app.kubernetes.io/component': 'prepare' })
    expect(ways).toEqual([beside('postgres', 5432)])
  })

  chartTest('with TLS, every connection is encrypted, and the given authorities verify the servers', () => {
    const objects = rendered({
      database: true,
      broker: { tls: true, ca: 'broker-ca' },
      postgres: { tls: true, ca: 'postgres-ca' },
    })
    const { env, volumeMounts } = podOf(objects).containers[0] as Container
    const value = (name: string) => env.find((variable) => variable.name === name)?.value
    expect(value('AMQP_URL')).toMatch(/^amqps:.*@rabbit\.shop\.svc:5671\/warren$/)
    expect(value('NODE_EXTRA_CA_CERTS')).toBe('/etc/broker-ca/ca.crt')
    expect(value('DATABASE_URL')).toMatch(/\?sslmode=verify-full&sslrootcert=\/etc\/postgres-ca\/ca\.crt$/)
    expect(volumeMounts.map(({ mountPath }) => mountPath)).toEqual(
      expect.arrayContaining(['/etc/broker-ca', '/etc/postgres-ca']),
    )
    const [broker, timers] = only(objects, 'ScaledObject').spec.triggers
    expect(broker.metadata.host).toBe('https://rabbit.shop.svc:15671/')
    expect(timers.metadata.sslmode).toBe('require')
  })
})

chartTest('objects of optional APIs are rendered only where the cluster has these APIs', () => {
  const monitors = (apis: string[]) => rendered({}, apis).filter(({ kind }) => kind === 'PodMonitor')
  expect(monitors([])).toEqual([])
  expect(monitors(['monitoring.coreos.com/v1/PodMonitor'])).toHaveLength(1)
})

chartTest('the chart renders with the APIs of a cluster but without its objects, as Argo CD does', () => {
  expect(rendered({ database: true }, ['rabbitmq.com/v1beta1'])).toEqual(
    expect.arrayContaining([expect.objectContaining({ kind: 'Deployment' })]),
  )
})

chartTest('in production, handlers may reach the database in its own namespace, and there only', () => {
  const values = ['handlers/payments/handler.yaml', 'charts/handler/values-production.yaml']
  const objects = render({ chart, release: 'payments', values })
  for (const name of ['payments', 'payments-prepare']) {
    expect(only(objects, 'NetworkPolicy', name).spec.egress).toContainEqual({
      ports: [{ port: 5432, protocol: 'TCP' }],
      to: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'databases' } } }],
    })
  }
})

chartTest('in production Helm stores no password, and the prepare Job is no superuser of the database', () => {
  const production = ['handlers/payments/handler.yaml', 'charts/handler/values-production.yaml']
  const objects = render({ chart, release: 'payments', values: production })
  expect(objects.filter(({ kind }) => kind === 'Secret')).toEqual([])
  const variables = (rendered: readonly KubernetesObject[]) => {
    const { env } = only(rendered, 'Job').spec.template.spec.containers[0] as Container
    return env.map(({ name }) => name)
  }
  expect(variables(of('payments'))).toContain('ADMIN_DATABASE_URL')
  expect(variables(objects).sort()).toEqual(['DATABASE_PASSWORD', 'DATABASE_URL', 'SCALER_PASSWORD', 'SCALER_USER'])
})

chartTest('no two objects have the same kind and name', () => {
  const names = of('orders').map(({ kind, metadata }) => `${kind} ${metadata.name}`)
  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([])
})

chartTest('with a Secret of your own, no Secret is generated', () => {
  const objects = rendered({ credentials: 'vault-payments', database: true })
  expect(objects.filter(({ kind }) => kind === 'Secret')).toEqual([])
  expect(only(objects, 'User').spec.importCredentialsSecret).toEqual({ name: 'vault-payments' })
  expect(JSON.stringify(objects)).not.toContain('payments-credentials')
})
