import { removeNamespace } from '../../testbed/jest/cluster.ts'
import { until } from '../../testbed/until.ts'
import { run } from '../../cluster/run-program.ts'
import { apply, kubectl, object, objects } from '../../cluster/testing/commands.ts'
import { onNode } from './testing/node.ts'
import { isReady } from './testing/test-cluster.ts'

const namespace = 'warren-late'
const volume = '/tmp/warren-late'

/** `npm run deploy` for a shop in a namespace of its own, and what it has printed so far. */
function deploy(...args: string[]) {
  const deployment = { output: '', ended: Promise.resolve(-1) }
  deployment.ended = run(['npm', 'run', '--silent', 'deploy', '--', '--namespace', namespace, ...args], (text) => {
    deployment.output += text
  }).then(({ code }) => code)
  return deployment
}

async function isUp() {
  const { status } = await object(namespace, 'rabbitmqclusters.rabbitmq.com', 'rabbit')
  const conditions: { type: string; status: string }[] = status?.conditions ?? []
  return conditions.some((condition) => condition.type === 'AllReplicasReady' && condition.status === 'True')
}

async function removeAll() {
  await removeNamespace(namespace)
  await kubectl('delete', 'persistentvolume,storageclass', namespace, '--ignore-not-found')
  await onNode('rm', '-rf', volume)
}

beforeAll(removeAll, 200_000)
afterAll(removeAll, 200_000)

test('a broker that starts minutes late delays the deployment, and everything is declared within seconds of its start', async () => {
  const storageClass = { apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass', metadata: { name: namespace } }
  await apply('default', { ...storageClass, provisioner: 'kubernetes.io/no-provisioner' })
  const small = ['postgres.storage=0Gi', 'mail.enabled=false']
  const set = [`rabbitmq.storageClassName=${namespace}`, ...small].flatMap((value) => ['--set', value])
  const deployment = deploy('system', 'payments', ...set)

  const began = Date.now()
  await until(() => deployment.output.includes('waiting for the broker: RabbitmqCluster rabbit'), { within: 120_000 })
  // The operator has by then been refused so often that it pauses for longer than a minute.
  await until(() => Date.now() - began > 100_000, { within: 110_000 })
  await onNode('mkdir', '-p', '-m', '0777', volume)
  await apply('default', {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name: namespace },
    spec: {
      capacity: { storage: '2Gi' },
      accessModes: ['ReadWriteOnce'],
      storageClassName: namespace,
      hostPath: { path: volume },
    },
  })
  await until(isUp, { within: 200_000 })

  const started = Date.now()
  const declared = async () =>
    (
      await objects(namespace, 'vhosts.rabbitmq.com,exchanges.rabbitmq.com,queues.rabbitmq.com,bindings.rabbitmq.com')
    ).every(isReady)
  await until(declared, { within: 40_000 })
  console.log(`everything was declared ${Math.round((Date.now() - started) / 1_000)} s after the start of the broker`)
  expect({ code: await deployment.ended, output: deployment.output }).toMatchObject({ code: 0 })
}, 700_000)

test('while no operator answers at its webhook, the deployment prints the reason and goes on as soon as one does', async () => {
  await apply('default', {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingWebhookConfiguration',
    metadata: { name: namespace },
    webhooks: [
      {
        name: 'away.warren.example',
        clientConfig: { service: { namespace, name: 'away', path: '/' } },
        rules: [
          { apiGroups: ['rabbitmq.com'], apiVersions: ['*'], resources: ['queues'], operations: ['CREATE', 'UPDATE'] },
        ],
        namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
        failurePolicy: 'Fail',
        sideEffects: 'None',
        admissionReviewVersions: ['v1'],
        timeoutSeconds: 1,
      },
    ],
  })
  try {
    const deployment = deploy('shipping')
    const reason = 'an operator does not answer at its webhook away.warren.example: trying again in 10 s'
    await until(() => deployment.output.includes(reason), { within: 120_000 })
    await kubectl('delete', 'validatingwebhookconfiguration', namespace)
    expect({ code: await deployment.ended, output: deployment.output }).toMatchObject({ code: 0 })
  } finally {
    await kubectl('delete', 'validatingwebhookconfiguration', namespace, '--ignore-not-found')
  }
}, 400_000)

test('a second system in the namespace of another one is refused, and changes nothing', async () => {
  const before = await objects(namespace, 'vhosts.rabbitmq.com,users.rabbitmq.com,exchanges.rabbitmq.com')
  const second = ['helm', 'upgrade', '--install', 'second', 'charts/system', '--namespace', namespace]
  const { code, output } = await run(second)
  expect({ code, output }).toEqual({ code: 1, output: expect.stringMatching(/cannot|invalid ownership metadata/) })
  expect(await objects(namespace, 'vhosts.rabbitmq.com,users.rabbitmq.com,exchanges.rabbitmq.com')).toEqual(before)
}, 60_000)
