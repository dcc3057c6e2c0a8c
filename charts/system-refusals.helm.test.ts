import { chartTest } from './testing/needs-helm.ts'
import { renderOn } from './testing/render-on.ts'
import type { KubernetesObject } from './testing/render.ts'

const upgraded = (held: KubernetesObject[], set: object) =>
  renderOn(held, { chart: 'charts/system', release: 'system', set })

const broker = (persistence: object = { storage: '2Gi' }, replicas = 1): KubernetesObject => ({
  apiVersion: 'rabbitmq.com/v1beta1',
  kind: 'RabbitmqCluster',
  metadata: { name: 'rabbit' },
  spec: { replicas, persistence },
})

const exchange = (name: string, type: string, vhost = 'warren'): KubernetesObject => ({
  apiVersion: 'rabbitmq.com/v1beta1',
  kind: 'Exchange',
  metadata: { name },
  spec: { name, type, vhost },
})

const claim = (storage: string, storageClassName?: string) => ({
  resources: { requests: { storage } },
  ...(storageClassName !== undefined && { storageClassName }),
})

const database = (...claims: object[]): KubernetesObject => ({
  apiVersion: 'apps/v1',
  kind: 'StatefulSet',
  metadata: { name: 'postgres' },
  spec: { volumeClaimTemplates: claims.map((spec) => ({ spec })) },
})

const mails = (storage: string): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name: 'mails' },
  spec: claim(storage),
})

const refused: [string, KubernetesObject, object, string][] = [
  ['a different virtual host', exchange('commands', 'topic', 'old'), {}, 'vhost cannot change from old to warren'],
  [
    'a different exchange type',
    exchange('events', 'fanout'),
    {},
    'exchange events of namespace shop is of type fanout',
  ],
  ['fewer broker nodes', broker({ storage: '2Gi' }, 3), {}, 'rabbitmq.replicas cannot shrink from 3 to 1'],
  ['a smaller broker disk', broker({ storage: '3Gi' }), {}, 'rabbitmq.storage cannot change from 3Gi to 2Gi'],
  [
    'a different storage class of the broker disk',
    broker({ storage: '2Gi', storageClassName: 'fast' }),
    {},
    'rabbitmq.storageClassName cannot change from "fast" to ""',
  ],
  [
    'a different size of the database volume',
    database(claim('1Gi')),
    {},
    'postgres.storage cannot change from 1Gi to 2Gi',
  ],
  ['a volume for a database that has none', database(), {}, 'postgres.storage cannot change from 0Gi to 2Gi'],
  [
    'a different storage class of the database volume',
    database(claim('2Gi', 'fast')),
    { postgres: { storageClassName: 'slow' } },
    'postgres.storageClassName cannot change from "fast" to "slow"',
  ],
  [
    'a storage class for a volume with the default one',
    database(claim('2Gi')),
    { postgres: { storageClassName: 'fast' } },
    'postgres.storageClassName cannot change from "" to "fast"',
  ],
  ['a smaller volume for mails', mails('2Gi'), {}, 'mail.storage cannot shrink from 2Gi to 1Gi'],
  [
    'no volume for mails that have one already',
    mails('1Gi'),
    { mail: { storage: '0Gi' } },
    'mail.storage cannot shrink from 1Gi to 0Gi',
  ],
]

const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default' } }

const secret = (name: string, username: string, labels: Record<string, string> = {}): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name, labels },
  data: { username: Buffer.from(username).toString('base64'), password: 'eA==' },
})

const seen = { 'rabbitmq.com/topology-operator': 'true' }
const ours = [
  account,
  secret('operator-credentials', 'operator', seen),
  secret('monitor-credentials', 'monitor', seen),
  secret('postgres-admin', 'postgres'),
]

chartTest('Secrets of your own are used, and none is generated', async () => {
  const objects = await upgraded(ours, { makeSecrets: false })
  expect(objects.filter(({ kind }) => kind === 'Secret')).toEqual([])
})

const unusable: [string, KubernetesObject[], string][] = [
  ['a missing Secret', ours.slice(0, 3), 'namespace shop has no Secret postgres-admin with the key username'],
  [
    'a Secret that the topology operator does not see',
    [...ours.slice(0, 2), secret('monitor-credentials', 'monitor'), ours[3]!],
    'kubectl -n shop label --overwrite secret monitor-credentials rabbitmq.com/topology-operator=true',
  ],
  [
    'a Secret of another user',
    [account, secret('operator-credentials', 'boss', seen), ...ours.slice(2)],
    'the username in the Secret operator-credentials of namespace shop must be operator (got "boss")',
  ],
]

describe('a required Secret that is unusable is refused', () => {
  for (const [which, held, sentence] of unusable) {
    chartTest(which, async () => {
      await expect(upgraded(held, { makeSecrets: false })).rejects.toThrow(sentence)
    })
  }
})

describe('a change that the cluster would reject halfway is refused before anything is applied', () => {
  for (const [change, held, set, sentence] of refused) {
    chartTest(change, async () => {
      await expect(upgraded([held], set)).rejects.toThrow(`charts/system: ${sentence}`)
    })
  }
})

chartTest('unchanged values and permitted growth are not refused', async () => {
  const held = [broker(), exchange('events', 'topic'), database(claim('2Gi')), mails('1Gi')]
  await upgraded(held, { rabbitmq: { replicas: 3, storage: '5Gi' }, mail: { storage: '2Gi' } })
})

chartTest('an external database server leaves the volumes of the previous one alone', async () => {
  const external = { host: 'db.example', port: 5432, tls: true }
  await upgraded([database(claim('1Gi', 'fast'))], { postgres: { external } })
})
