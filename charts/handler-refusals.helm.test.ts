import { chartTest } from './testing/needs-helm.ts'
import { renderOn } from './testing/render-on.ts'
import type { KubernetesObject } from './testing/render.ts'

const rabbitmq = (kind: string, name: string, spec: object): KubernetesObject => ({
  apiVersion: 'rabbitmq.com/v1beta1',
  kind,
  metadata: { name },
  spec,
})

const secret = (
  name: string,
  values: Record<string, string>,
  labels: Record<string, string> = {},
): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name, labels },
  data: Object.fromEntries(Object.entries(values).map(([key, value]) => [key, Buffer.from(value).toString('base64')])),
})

const system = [
  { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default' } },
  rabbitmq('RabbitmqCluster', 'rabbit', {}),
  rabbitmq('Vhost', 'warren', { name: 'warren' }),
  secret('postgres-admin', { username: 'postgres', password: 'x' }),
]

const seen = { 'rabbitmq.com/topology-operator': 'true' }
const keys = { username: 'payments', password: 'x', 'database-password': 'y', 'scaler-password': 'z' }
const queue = {
  name: 'payments',
  vhost: 'warren',
  type: 'quorum',
  durable: true,
  rabbitmqClusterReference: { name: 'rabbit' },
}

const installed = (held: KubernetesObject[], set: object = {}) =>
  renderOn(held, { chart: 'charts/handler', release: 'payments', set: { database: true, ...set } })

chartTest(
  'a handler can be installed beside its system, and installed again onto the objects that it left',
  async () => {
    await installed(system)
    await installed([...system, rabbitmq('Queue', 'payments', queue)])
  },
)

chartTest(
  "a Secret of your own is accepted if the topology operator sees it and its username is the handler's name",
  async () => {
    await installed([...system, secret('vault', keys, seen)], { credentials: 'vault' })
  },
)

chartTest(
  'bindings and permissions that handler.yaml no longer lists are removed once the new ones exist; those of other handlers stay',
  async () => {
    const of = (handler: string, kind: string, name: string): KubernetesObject => ({
      ...rabbitmq(kind, name, { vhost: 'warren' }),
      metadata: { name, labels: { 'app.kubernetes.io/instance': handler } },
    })
    const stale = [of('payments', 'Binding', 'payments.old'), of('payments', 'TopicPermission', 'payments.commands')]
    const wanted = of('payments', 'TopicPermission', 'payments.delay')
    const foreign = [of('orders', 'Binding', 'orders.old'), of('orders', 'TopicPermission', 'orders.commands')]
    const objects = await installed([...system, ...stale, wanted, ...foreign])
    const after = objects.filter(
      ({ metadata }) => metadata.annotations?.['helm.sh/hook'] === 'post-install,post-upgrade',
    )
    expect(
      after.map(({ kind, metadata }) => [kind, metadata.name, metadata.annotations?.['helm.sh/hook-delete-policy']]),
    ).toEqual([
      ['Binding', 'payments.old', 'before-hook-creation,hook-succeeded'],
      ['TopicPermission', 'payments.commands', 'before-hook-creation,hook-succeeded'],
    ])
  },
)

const leaving = (kind: string, name: string): KubernetesObject => ({
  ...rabbitmq(kind, name, queue),
  metadata: { name, ...{ deletionTimestamp: '2026-01-01T00:00:00Z' } },
})

const refused: [string, KubernetesObject[], object, string][] = [
  [
    'without a broker',
    system.filter(({ kind }) => kind !== 'RabbitmqCluster'),
    {},
    'there is no RabbitmqCluster rabbit',
  ],
  [
    'into a virtual host that does not exist',
    system,
    { broker: { vhost: 'other' } },
    'broker.vhost: there is no Vhost other',
  ],
  ['without the database administrator', system.slice(0, 3), {}, 'postgres.admin: there is no Secret postgres-admin'],
  [
    'with a queue in another virtual host',
    [...system, rabbitmq('Vhost', 'other', { name: 'other' }), rabbitmq('Queue', 'payments', queue)],
    { broker: { vhost: 'other' } },
    'broker.vhost: the queue payments is in the virtual host warren, and a queue cannot be moved (got other)',
  ],
  [
    'onto a queue of another type',
    [...system, rabbitmq('Queue', 'payments', { ...queue, type: 'classic' })],
    {},
    'the queue payments already exists and is not a durable quorum queue without arguments',
  ],
  [
    'while its user is still being deleted',
    [...system, leaving('User', 'payments')],
    {},
    'the User payments in the namespace shop is still being deleted',
  ],
  [
    'while its permission is still being deleted',
    [...system, leaving('TopicPermission', 'payments.dead')],
    {},
    'the TopicPermission payments.dead in',
  ],
  ['with a Secret that does not exist', system, { credentials: 'vault' }, 'credentials: there is no Secret vault'],
  [
    'without a Secret, when the chart may create none',
    system,
    { makeSecrets: false, env: { TOKEN: '' } },
    'makeSecrets is false: there is no Secret payments-credentials in the namespace shop: create it with the keys username, password, database-password, scaler-password, TOKEN',
  ],
  [
    'with a Secret of another user, when the chart may create none',
    [...system, secret('payments-credentials', { ...keys, username: 'orders' }, seen)],
    { makeSecrets: false },
    "the username in the Secret payments-credentials must be the handler's name, payments",
  ],
  [
    'with a Secret that lacks a key',
    [...system, secret('vault', keys, seen)],
    { credentials: 'vault', env: { TOKEN: '' } },
    'credentials: the Secret vault has no key TOKEN',
  ],
  [
    'with a Secret that the topology operator does not see',
    [...system, secret('vault', keys)],
    { credentials: 'vault' },
    'kubectl -n shop label --overwrite secret vault rabbitmq.com/topology-operator=true',
  ],
  [
    'with a Secret of another user',
    [...system, secret('vault', { ...keys, username: 'orders' }, seen)],
    { credentials: 'vault' },
    'credentials: the username in the Secret vault must be the handler\'s name, payments (got "orders")',
  ],
]

describe('an installation that would fail halfway is refused before anything is applied', () => {
  for (const [reason, held, set, sentence] of refused) {
    chartTest(reason, async () => {
      await expect(installed(held, set)).rejects.toThrow(sentence)
    })
  }
})
