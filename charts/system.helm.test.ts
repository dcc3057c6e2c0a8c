import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { milliseconds } from '#runtime/duration.ts'
import { loadManifests } from '#runtime/manifest/index.ts'
import { consumerTimeout } from '#runtime/manifest/limits.ts'
import { tiers } from '#runtime/topology/index.ts'
import { sharedPart } from '#runtime/topology/shared.ts'
import { chartTest } from './testing/needs-helm.ts'
import { only, render, type KubernetesObject } from './testing/render.ts'
import { differences, placed, topologyOf } from './testing/topology-of.ts'
import { zeroValues } from './testing/zero-values.ts'

const chart = 'charts/system'
const production = ['charts/system/values-production.yaml']
const system = (set: object = {}, values: readonly string[] = []) => render({ chart, release: 'system', values, set })

/** In production the Secrets are your own; here the chart creates them, because they name the users. */
const bothValues: [string, readonly string[]][] = [
  ['on kind', []],
  ['in production', production],
]

describe.each(bothValues)('%s', (_, values) => {
  const objectsOf = () => system({ makeSecrets: true }, values)

  chartTest('the chart passes helm lint --strict', () => {
    const { status, stdout } = spawnSync(
      'helm',
      ['lint', '--strict', chart, ...values.flatMap((file) => ['-f', file])],
      {
        encoding: 'utf8',
      },
    )
    expect([status, stdout]).toEqual([0, expect.stringContaining('0 chart(s) failed')])
  })

  chartTest("the broker's objects equal the runtime's topology", () => {
    expect(differences(placed(sharedPart(), 'warren', ['warren']), topologyOf(objectsOf()))).toEqual([])
  })

  chartTest(
    'no resource contains a default that the topology operator removes, so an unchanged upgrade changes nothing',
    () => {
      expect(zeroValues(objectsOf())).toEqual([])
    },
  )

  chartTest("the broker's objects outlive the release", () => {
    const ofBroker = objectsOf().filter(({ apiVersion }) => apiVersion === 'rabbitmq.com/v1beta1')
    expect(ofBroker.length).toBeGreaterThan(20)
    for (const { kind, metadata } of ofBroker)
      expect([kind, metadata.name, metadata.annotations]).toEqual([
        kind,
        metadata.name,
        { 'helm.sh/resource-policy': 'keep' },
      ])
  })

  chartTest('passwords appear only in Secrets, all differ, and the Secrets are applied first', () => {
    const objects = objectsOf()
    const secrets = objects.filter(({ kind }) => kind === 'Secret')
    const passwords = secrets.map(({ stringData }) => stringData.password as string)
    expect(new Set(passwords).size).toBe(secrets.length)
    const rest = JSON.stringify(objects.filter(({ kind }) => kind !== 'Secret'))
    for (const password of passwords) {
      expect(password).toMatch(/^[A-Za-z0-9]{32}$/)
      expect(rest).not.toContain(password)
    }
    for (const { metadata } of secrets)
      expect(metadata.annotations).toEqual({ 'helm.sh/hook': 'pre-install,pre-upgrade' })
  })

  chartTest('the topology operator sees the credentials of the users that it creates', () => {
    const objects = objectsOf()
    for (const user of ['operator', 'monitor'])
      expect(only(objects, 'Secret', `${user}-credentials`)).toMatchObject({
        metadata: { labels: { 'rabbitmq.com/topology-operator': 'true' } },
        stringData: { username: user },
      })
  })
})

chartTest('every pod meets Pod Security "restricted", has a read-only file system and has no token', () => {
  const owners = system().filter(({ spec }) => spec?.template)
  expect(owners.map(({ metadata }) => metadata.name)).toEqual(expect.arrayContaining(['postgres', 'mail']))
  for (const { metadata, spec } of owners) {
    const pod = spec.template.spec
    expect([metadata.name, pod]).toMatchObject([
      metadata.name,
      {
        automountServiceAccountToken: false,
        securityContext: {
          runAsNonRoot: true,
          runAsUser: expect.any(Number),
          seccompProfile: { type: 'RuntimeDefault' },
        },
      },
    ])
    for (const container of [...pod.containers, ...(pod.initContainers ?? [])])
      expect([metadata.name, container.securityContext]).toEqual([
        metadata.name,
        { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
      ])
  }
})

chartTest('the mail sink is pulled with the configured pull Secrets', () => {
  const pod = (set: object) => only(system(set), 'Deployment', 'mail').spec.template.spec
  expect(pod({})).not.toHaveProperty('imagePullSecrets')
  expect(pod({ image: { pullSecrets: ['registry-login'] } }).imagePullSecrets).toEqual([{ name: 'registry-login' }])
})

chartTest("a different virtual host and different delays match the runtime's topology", () => {
  const lengths = Object.fromEntries(tiers.map((tier, index) => [tier, 100 * (index + 1)]))
  const wanted = placed(sharedPart(lengths), 'other', ['other'])
  expect(differences(wanted, topologyOf(system({ vhost: 'other', tiers: lengths })))).toEqual([])
})

chartTest('each delay is as long as its name states', () => {
  const { tiers: lengths } = parse(readFileSync('charts/system/values.yaml', 'utf8'))
  expect(lengths).toEqual(Object.fromEntries(tiers.map((tier) => [tier, milliseconds(tier)])))
})

chartTest('the broker takes deliveries back after the time that the runtime expects', () => {
  expect(only(system(), 'RabbitmqCluster').spec.rabbitmq.additionalConfig).toContain(
    `consumer_timeout = ${consumerTimeout}\n`,
  )
})

chartTest('the database server has enough connections for every replica of every handler, twice for upgrades', () => {
  const perReplica = (http: number | undefined) => (http === undefined ? 1 : 5)
  const needed = loadManifests('handlers')
    .filter(({ database }) => database)
    .reduce((sum, { scale, http }) => sum + 2 * scale.max * perReplica(http) + 1, 10)
  const args: string[] = only(system(), 'StatefulSet', 'postgres').spec.template.spec.containers[0].args
  const connections = Number(args.find((arg) => arg.startsWith('max_connections='))?.split('=')[1])
  expect(connections).toBeGreaterThanOrEqual(needed)
})

describe('in production', () => {
  const objects = () => system({}, production)

  chartTest('Helm stores no password', () => {
    expect(objects().filter(({ kind }) => kind === 'Secret')).toEqual([])
  })

  chartTest('three broker nodes run on three machines, spread over zones, and are drained one at a time', () => {
    const { replicas, affinity, override } = only(objects(), 'RabbitmqCluster').spec
    const [term] = affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution
    const ofBroker = { matchLabels: { 'app.kubernetes.io/name': 'rabbit' } }
    expect(replicas).toBe(3)
    expect(term).toEqual({ topologyKey: 'kubernetes.io/hostname', labelSelector: ofBroker })
    expect(override.statefulSet.spec.template.spec.topologySpreadConstraints).toMatchObject([
      { topologyKey: 'topology.kubernetes.io/zone', labelSelector: ofBroker },
    ])
    expect(only(objects(), 'PodDisruptionBudget', 'rabbit').spec).toEqual({ maxUnavailable: 1, selector: ofBroker })
  })

  chartTest('queues created on one broker node spread over three', () => {
    const configuration = (rendered: KubernetesObject[]) =>
      String(only(rendered, 'RabbitmqCluster').spec.rabbitmq.additionalConfig)
    expect(configuration(objects()).split('\n')).toEqual(
      expect.arrayContaining([
        'quorum_queue.continuous_membership_reconciliation.enabled = true',
        'quorum_queue.continuous_membership_reconciliation.target_group_size = 3',
      ]),
    )
    expect(configuration(system())).not.toContain('reconciliation')
  })

  chartTest('the broker accepts TLS only, and KEDA trusts its authority', () => {
    expect(only(objects(), 'RabbitmqCluster').spec.tls).toEqual({
      secretName: 'rabbit-tls',
      disableNonTLSListeners: true,
    })
    const { secretTargetRef, configMapTargetRef } = only(objects(), 'TriggerAuthentication', 'rabbit-monitor').spec
    expect(secretTargetRef).toContainEqual({ parameter: 'ca', name: 'rabbit-tls', key: 'ca.crt' })
    expect(configMapTargetRef).toEqual([{ parameter: 'tls', name: 'rabbit-monitor', key: 'tls' }])
    expect(only(objects(), 'ConfigMap', 'rabbit-monitor').data).toEqual({ tls: 'enable' })
  })

  chartTest('there is no database server and no mail sink', () => {
    const names = objects().map(({ kind, metadata }) => `${kind} ${metadata.name}`)
    expect(names.filter((name) => /postgres|mail/.test(name))).toEqual([])
  })
})

chartTest('the notes explain how a handler reaches a broker with TLS', () => {
  const set = ['--set', 'rabbitmq.tls.secretName=rabbit-tls']
  const { stdout } = spawnSync('helm', ['install', 'system', chart, '--dry-run=client', ...set], { encoding: 'utf8' })
  expect(stdout).toContain('--set broker.vhost=warren,broker.tls=true,broker.ca=rabbit-tls\n')
})

describe('between pods', () => {
  const policies = () => system().filter(({ kind }) => kind === 'NetworkPolicy')
  const policy = (name: string) => only(policies(), 'NetworkPolicy', name).spec
  const ports = (rules: { ports: { port: number }[] }[]) => rules.map((rule) => rule.ports.map(({ port }) => port))

  chartTest('all traffic except DNS is denied unless a policy allows it', () => {
    expect(policy('default-deny')).toEqual({ podSelector: {}, policyTypes: ['Ingress', 'Egress'] })
    expect(policy('dns')).toMatchObject({ podSelector: {}, policyTypes: ['Egress'] })
    expect(ports(policy('dns').egress)).toEqual([[53, 53]])
  })

  chartTest('only handlers reach the mail sink, and only handlers and KEDA reach the database server', () => {
    const pods = (...values: string[]) => ({
      podSelector: {
        matchLabels: { 'app.kubernetes.io/part-of': 'warren' },
        matchExpressions: [{ key: 'app.kubernetes.io/component', operator: 'In', values }],
      },
    })
    const keda = { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'keda' } } }
    expect(policy('mail').ingress).toEqual([{ from: [pods('handler', 'test')], ports: [{ port: 'smtp' }] }])
    expect(policy('postgres').ingress).toEqual([
      { from: [pods('handler', 'prepare', 'test'), keda], ports: [{ port: 5432 }] },
    ])
  })

  chartTest(
    'handlers reach AMQP, KEDA and the operators reach the management API, Prometheus reaches the metrics',
    () => {
      const among = [4369, 25672, 35672]
      expect(ports(policy('rabbit').ingress)).toEqual([[5672, 5671], [15672, 15671], [15692, 15691], among])
      expect(ports(policy('rabbit').egress)).toEqual([among])
      expect(policy('rabbit').ingress[1].from).toEqual([
        {
          namespaceSelector: {
            matchExpressions: [
              { key: 'kubernetes.io/metadata.name', operator: 'In', values: ['keda', 'rabbitmq-system'] },
            ],
          },
        },
      ])
    },
  )

  chartTest('the broker and every pod behind a Service have a policy', () => {
    const objects: KubernetesObject[] = system()
    const covered = policies().map(({ spec }) => spec.podSelector.matchLabels?.['app.kubernetes.io/name'])
    const serving = objects
      .filter(({ kind }) => kind === 'Service')
      .map(({ spec }) => spec.selector['app.kubernetes.io/name'] as string)
    expect(serving.length).toBeGreaterThan(2)
    for (const name of ['rabbit', ...serving]) expect(covered).toContain(name)
  })
})

const mistakes: [object, RegExp][] = [
  [{ vhosts: 'warren' }, /vhosts/],
  [{ vhost: '/' }, /vhost/],
  [{ tiers: { '1h': 3_600_000 } }, /1h/],
  [{ tiers: { '1s': '1s' } }, /tiers\/1s/],
  [{ rabbitmq: { replicas: 2 } }, /rabbitmq\/replicas/],
  [{ rabbitmq: { storage: '500' } }, /rabbitmq\/storage/],
  [{ rabbitmq: { resources: { limits: { memory: '4 GB' } } } }, /rabbitmq\/resources\/limits\/memory/],
  [{ postgres: { maxConnections: '300' } }, /postgres\/maxConnections/],
  [{ postgres: { external: 'db.example' } }, /postgres\/external/],
  [{ image: { pullPolicy: 'Sometimes' } }, /image\/pullPolicy/],
]

describe.each(mistakes)('the invalid value %j', (set, key) => {
  chartTest('is refused with the name of its key', () => {
    expect(() => system(set)).toThrow(key)
  })
})
