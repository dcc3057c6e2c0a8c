import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadManifests } from '#runtime/manifest/index.ts'
import { askBroker } from '../../inspect/management.ts'
import { until } from '../../testbed/until.ts'
import { handlerPart } from '#runtime/topology/handler-part.ts'
import type { Part } from '#runtime/topology/objects.ts'
import { sharedPart } from '#runtime/topology/shared.ts'
import { differences, placed, type PlacedPart } from '../../../charts/testing/topology-of.ts'
import { forward, type Forward } from '../../cluster/forward.ts'
import { helm, kubectl, objects } from '../../cluster/testing/commands.ts'
import { testNamespace } from '../../cluster/testing/namespace.ts'
import { secret } from './testing/test-cluster.ts'

const vhost = 'warren'
const namespace = testNamespace()
const folder = mkdtempSync(join(tmpdir(), 'warren-system-'))
let management: Forward

beforeAll(async () => {
  management = await forward(namespace, 'rabbit', 15672)
}, 120_000)

afterAll(async () => {
  await management?.close()
  rmSync(folder, { recursive: true })
})

test('the broker holds exactly the objects that the runtime derives from the handler.yaml files', async () => {
  const releases = JSON.parse(await helm('list', '-n', namespace, '-o', 'json')) as { name: string }[]
  const installed = loadManifests('handlers').filter(({ name }) => releases.some((release) => release.name === name))
  const parts: Part[] = [sharedPart(), ...installed.map(handlerPart)]
  const wanted = Object.fromEntries(
    Object.keys(sharedPart()).map((key) => [key, parts.flatMap((part) => part[key as keyof Part] as object[])]),
  ) as unknown as Part
  await until(async () => {
    expect(differences(placed(wanted, vhost, [vhost]), await held())).toEqual([])
    return true
  })
}, 60_000)

test('an upgrade with the same values changes no object of the broker, restarts nothing and creates no new password', async () => {
  const before = await identities()
  const same = ['-n', namespace, '--reset-then-reuse-values', '--wait', '--timeout', '3m']
  await helm('upgrade', 'system', 'charts/system', ...same)
  await helm('upgrade', 'payments', 'charts/handler', ...same)
  expect(await identities()).toEqual(before)
}, 400_000)

test.each([
  ['vhost=elsewhere', 'vhost cannot change from warren to elsewhere'],
  ['postgres.storage=99Gi', 'postgres.storage cannot change from'],
  ['rabbitmq.storageClassName=other', 'rabbitmq.storageClassName cannot change from'],
])('%s is refused before anything is changed', async (value, reason) => {
  const before = await identities()
  await expect(
    helm('upgrade', 'system', 'charts/system', '-n', namespace, '--reset-then-reuse-values', '--set', value),
  ).rejects.toThrow(reason)
  expect(await identities()).toEqual(before)
})

test('helm uninstall is a pause: messages, passwords and volumes survive until the next install', async () => {
  const values = join(folder, 'values.yaml')
  writeFileSync(values, await helm('get', 'values', 'system', '-n', namespace, '-o', 'yaml'))
  const unrouted = async () => (await api<{ messages: number }>(`queues/${vhost}/unrouted`)).messages
  const already = await unrouted()
  await api(`exchanges/${vhost}/events/publish`, {
    properties: { delivery_mode: 2 },
    routing_key: 'event.unheard.v1',
    payload: 'kept',
    payload_encoding: 'string',
  })
  await until(async () => (await unrouted()) === already + 1, { within: 30_000 })
  const passwords = await keptSecrets()
  const volumes = await uids('persistentvolumeclaims')

  await helm('uninstall', 'system', '-n', namespace, '--wait', '--timeout', '3m')
  expect(await unrouted()).toBe(already + 1)
  await helm('install', 'system', 'charts/system', '-n', namespace, '-f', values, '--wait', '--timeout', '3m')

  expect(await unrouted()).toBe(already + 1)
  expect(await keptSecrets()).toEqual(passwords)
  expect(await uids('persistentvolumeclaims')).toEqual(volumes)
  await api(`queues/${vhost}/unrouted/get`, { count: 1, ackmode: 'ack_requeue_false', encoding: 'auto' })
  await until(
    async () =>
      (await objects(namespace, 'deployments,statefulsets')).every(
        ({ spec, status }) => (status.readyReplicas ?? 0) >= spec.replicas,
      ),
    { within: 120_000 },
  )
}, 600_000)

/** What the broker itself says that it holds, without its administrator and its own virtual host. */
async function held(): Promise<PlacedPart> {
  const all = await api<Record<keyof PlacedPart, any[]>>('definitions')
  const { username: administrator } = await secret(namespace, 'rabbit-default-user')
  const here = (key: keyof PlacedPart) => all[key].filter((each) => each.vhost !== '/' && each.user !== administrator)
  return {
    vhosts: all.vhosts.filter(({ name }) => name !== '/').map(({ name }) => ({ name })),
    users: all.users.filter(({ name }) => name !== administrator).map(({ name, tags }) => ({ name, tags })),
    permissions: here('permissions'),
    topic_permissions: here('topic_permissions'),
    // RabbitMQ 4.3 leaves out `internal` where it is false, and tells the type of a queue a second time.
    exchanges: here('exchanges').map((exchange) => ({ internal: false, ...exchange })),
    queues: here('queues').map(({ type: _, ...queue }) => queue),
    // The queues for replies are their askers' own, and end with their connections.
    bindings: here('bindings').filter(({ source }) => source !== 'replies'),
    policies: here('policies'),
  }
}

/** RabbitMQ's management API as the broker's own administrator. */
async function api<Answer>(path: string, body?: object): Promise<Answer> {
  const { username, password } = await secret(namespace, 'rabbit-default-user')
  const administrator = { url: `http://127.0.0.1:${management.port}`, user: username ?? '', password: password ?? '' }
  return askBroker<Answer>(administrator, path, { method: body ? 'POST' : 'GET', body })
}

const keptSecrets = async () =>
  Object.fromEntries(
    await Promise.all(
      ['operator-credentials', 'monitor-credentials', 'postgres-admin', 'rabbit-default-user'].map(
        async (name) => [name, await secret(namespace, name)] as const,
      ),
    ),
  )

const uids = async (kinds: string) =>
  (await objects(namespace, kinds)).map(({ kind, metadata }) => `${kind} ${metadata.name} ${metadata.uid}`).sort()

/** Which pods of the chart run, what is declared in which generation, and the passwords. */
async function identities() {
  const kinds = [
    'rabbitmqclusters',
    'vhosts',
    'exchanges',
    'queues',
    'bindings',
    'policies',
    'users',
    'permissions',
    'topicpermissions',
  ]
  const declared = kinds.map((kind) => `${kind}.rabbitmq.com`).join()
  const generations = JSON.parse(await kubectl('get', declared, '-n', namespace, '-o', 'json')) as {
    items: { kind: string; metadata: { name: string; generation: number } }[]
  }
  const selector = ['-l', 'app.kubernetes.io/name in (rabbit, postgres, mail)']
  return {
    pods: (await objects(namespace, 'pods', ...selector)).map(({ metadata }) => metadata.uid).sort(),
    declared: generations.items.map(({ kind, metadata }) => [kind, metadata.name, metadata.generation]),
    passwords: await keptSecrets(),
  }
}
