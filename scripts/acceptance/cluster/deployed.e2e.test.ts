import { spawn } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { readSystem } from '../../inspect/system.ts'
import { removeNamespace } from '../../testbed/jest/cluster.ts'
import { until } from '../../testbed/until.ts'
import { run } from '../../cluster/run-program.ts'
import { apply, kubectl, object, objects } from '../../cluster/testing/commands.ts'
import { beginLinkedSystem, type BegunSystem } from '../begun-system.ts'
import { onNode } from './testing/node.ts'
import { isReady } from './testing/test-cluster.ts'

const namespace = 'warren-late'
const volume = '/tmp/warren-late'

const tag = 'own'

/** A system of one's own, with its greeter asleep ten seconds after its last message. */
let system: Pick<BegunSystem, 'root' | 'remove'>

/** `warren` in the system, as long as it runs, and what it has printed so far. */
function warren(...args: string[]) {
  const child = spawn(process.execPath, ['node_modules/warren/scripts/warren.mjs', ...args], {
    cwd: system.root,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const running = { child, output: '', ended: new Promise((ended) => child.once('close', ended)) }
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (running.output += text))
  return running
}

const deploy = (...args: string[]) => warren('deploy', '--namespace', namespace, '--tag', tag, ...args)

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

beforeAll(async () => {
  system = beginLinkedSystem()
  const manifest = join(system.root, 'handlers/greeter/handler.yaml')
  writeFileSync(manifest, readFileSync(manifest, 'utf8').replace('cooldown: 60s', 'cooldown: 10s'))
  await removeAll()
}, 500_000)

afterAll(async () => {
  await removeAll()
  system?.remove()
}, 200_000)

test('warren images builds and loads the images of the system', async () => {
  const images = warren('images', 'api', 'greeter', '--tag', tag)
  expect({ code: await images.ended, output: images.output }).toMatchObject({ code: 0 })
}, 200_000)

test('a broker that starts minutes late delays the deployment, and everything is declared within seconds of its start', async () => {
  const storageClass = { apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass', metadata: { name: namespace } }
  await apply('default', { ...storageClass, provisioner: 'kubernetes.io/no-provisioner' })
  const small = ['postgres.storage=0Gi', 'mail.enabled=false']
  const set = [`rabbitmq.storageClassName=${namespace}`, ...small].flatMap((value) => ['--set', value])
  const deployment = deploy('system', 'api', '--handler-set', 'nodePorts=false', ...set)

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
    const deployment = deploy('greeter')
    const reason = 'an operator does not answer at its webhook away.warren.example: trying again in 10 s'
    await until(() => deployment.output.includes(reason), { within: 120_000 })
    await kubectl('delete', 'validatingwebhookconfiguration', namespace)
    expect({ code: await deployment.ended, output: deployment.output }).toMatchObject({ code: 0 })
  } finally {
    await kubectl('delete', 'validatingwebhookconfiguration', namespace, '--ignore-not-found')
  }
}, 400_000)

test('a request wakes the sleeping handler of the system and is answered, and the handler falls asleep again', async () => {
  const replicas = async () => (await object(namespace, 'deployment', 'greeter')).spec.replicas as number
  await until(async () => (await replicas()) === 0, { within: 60_000 })
  const data = join(system.root, '.warren/cluster')
  const connect = warren('connect', '--namespace', namespace, '--data', data)
  try {
    const url = await until(() => readSystem(data).handlers['api']?.url, { within: 60_000 })
    const headers = { 'content-type': 'application/json' }
    const accepted = await fetch(`${url}/greetings`, { method: 'POST', headers, body: '{"name":"Ada"}' })
    expect(accepted.status).toBe(202)
    const place = accepted.headers.get('location')
    const seen = new Set<number>()
    await until(
      async () => {
        seen.add(await replicas())
        return ((await (await fetch(`${url}${place}`)).json()) as { text?: string }).text === 'Hello, Ada!'
      },
      { within: 60_000 },
    )
    await until(async () => seen.add(await replicas()).has(1), { within: 10_000 })
    await until(async () => (await replicas()) === 0, { within: 90_000 })
  } finally {
    connect.child.kill('SIGINT')
    await connect.ended
  }
}, 250_000)

test('a second system in the namespace of another one is refused, and changes nothing', async () => {
  const before = await objects(namespace, 'vhosts.rabbitmq.com,users.rabbitmq.com,exchanges.rabbitmq.com')
  const second = ['helm', 'upgrade', '--install', 'second', 'charts/system', '--namespace', namespace]
  const { code, output } = await run(second)
  expect({ code, output }).toEqual({ code: 1, output: expect.stringMatching(/cannot|invalid ownership metadata/) })
  expect(await objects(namespace, 'vhosts.rabbitmq.com,users.rabbitmq.com,exchanges.rabbitmq.com')).toEqual(before)
}, 60_000)
