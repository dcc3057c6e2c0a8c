import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stubPrograms, type StubPrograms } from './testing/stub-programs.ts'
import { waitUntilReady } from './wait-until-ready.ts'

const patience = { rest: 5, broker: 60_000, others: 60_000, operator: 20 }
const applied = Promise.resolve(true)

let folder: string
let stubs: StubPrograms
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'warren-ready-'))))
afterEach(() => {
  stubs.remove()
  rmSync(folder, { recursive: true })
})

const condition = (type: string, status: string, message = '') => ({ conditions: [{ type, status, message }] })
const broker = (status: string, message?: string) => ({
  kind: 'RabbitmqCluster',
  metadata: { name: 'rabbit' },
  spec: { replicas: 1 },
  status: condition('AllReplicasReady', status, message),
})
const declared = (kind: string, name: string, status?: object) => ({
  kind,
  metadata: { name },
  spec: { rabbitmqClusterReference: { name: 'rabbit' } },
  status,
})
const deployment = (status: object) => ({
  kind: 'Deployment',
  metadata: { name: 'mail', generation: 2 },
  spec: { replicas: 1 },
  status,
})
const rolledOut = { observedGeneration: 2, replicas: 1, updatedReplicas: 1, availableReplicas: 1 }

/** What the cluster holds, in the order of the looks; the last state stays. `annotated` follows the first change of an annotation. */
interface States {
  readonly looks: readonly (readonly object[])[]
  readonly annotated?: readonly object[]
}

function cluster({ looks, annotated }: States) {
  const write = (name: string, objects: readonly object[]) => {
    const brokers = objects.filter((object) => (object as { kind: string }).kind === 'RabbitmqCluster')
    writeFileSync(join(folder, `${name}.brokers`), JSON.stringify({ items: brokers }))
    writeFileSync(
      join(folder, `${name}.rest`),
      JSON.stringify({ items: objects.filter((each) => !brokers.includes(each)) }),
    )
  }
  looks.forEach((objects, index) => write(String(index), objects))
  if (annotated) write('annotated', annotated)
  const shown = (part: string) => `
    if [ -e annotated ] && [ -e annotated.${part} ]; then state=annotated
    else
      state=0; [ ! -e seen.${part} ] || read state <seen.${part}
      next=$((state + 1)); [ ! -e $next.${part} ] || echo $next >seen.${part}
    fi
    while IFS= read -r line || [ -n "$line" ]; do echo "$line"; done <$state.${part}`
  stubs = stubPrograms({
    kubectl: `cd '${folder}'
      case "$*" in
        "get rabbitmqclusters"*) ${shown('brokers')};;
        get*) ${shown('rest')};;
        annotate*) : >annotated;;
      esac`,
  })
}

const annotations = () => stubs.calls().filter((call) => call.startsWith('kubectl annotate'))

async function waited(states: States, applying: Promise<boolean> = applied, times = patience) {
  cluster(states)
  const printed: string[] = []
  await waitUntilReady('shop', 'mine', applying, (line) => printed.push(line), times)
  return printed
}

test('objects that the operator will not try for a long time are declared again once the broker is up', async () => {
  const refused = declared('Binding', 'unrouted', condition('Ready', 'False', 'no queue unrouted'))
  const printed = await waited({
    looks: [
      [broker('False', '0/1 Pods ready'), refused],
      [broker('True'), refused],
    ],
    annotated: [broker('True'), declared('Binding', 'unrouted', condition('Ready', 'True'))],
  })
  expect(printed[0]).toBe('  shop: waiting for the broker: RabbitmqCluster rabbit (0/1 Pods ready)')
  expect(printed[1]).toBe('  shop: waiting for Binding unrouted (no queue unrouted)')
  expect(printed[2]).toMatch(
    /^\$ kubectl annotate rabbitmqcluster rabbit warren\/declared-again=\S+ --overwrite --namespace mine$/,
  )
  expect(annotations()).toHaveLength(1)
})

test('while the broker is down, nothing is declared again', async () => {
  const unseen = declared('Queue', 'orders')
  await waited({
    looks: [
      ...Array.from({ length: 20 }, () => [broker('False', '0/1 Pods ready'), unseen]),
      [broker('True'), declared('Queue', 'orders', condition('Ready', 'True'))],
    ],
  })
  expect(annotations()).toEqual([])
})

test('a broker that does not exist yet is down', async () => {
  const unseen = declared('Queue', 'orders')
  const printed = await waited({
    looks: [
      ...Array.from({ length: 20 }, () => [unseen]),
      [broker('True'), declared('Queue', 'orders', condition('Ready', 'True'))],
    ],
  })
  expect(printed[0]).toBe('  shop: waiting for the broker: RabbitmqCluster rabbit (it does not exist yet)')
  expect(annotations()).toEqual([])
})

test('an object that stays refused is declared again more than once, with another value each time', async () => {
  const refused = declared('Permission', 'orders', condition('Ready', 'False', 'no user'))
  const times = { ...patience, others: 2_000 }
  const waiting = waited({ looks: [[broker('True'), refused]] }, applied, times)
  await expect(waiting).rejects.toThrow('shop did not become ready in time: waiting for Permission orders (no user)')
  expect(annotations().length).toBeGreaterThan(1)
  expect(new Set(annotations()).size).toBe(annotations().length)
})

test('a broker that does not come up is waited for no longer than its limit', async () => {
  const times = { ...patience, broker: 50 }
  await expect(
    waited({ looks: [[broker('False', '0/1 Pods ready'), declared('Queue', 'orders')]] }, applied, times),
  ).rejects.toThrow(
    'shop did not become ready in time: waiting for the broker: RabbitmqCluster rabbit (0/1 Pods ready)',
  )
})

test('a Deployment is ready when its new pods are available and its old ones have left', async () => {
  const printed = await waited({
    looks: [
      [deployment({ ...rolledOut, observedGeneration: 1 })],
      [deployment({ ...rolledOut, replicas: 2, availableReplicas: 0 })],
      [deployment({ ...rolledOut, replicas: 2 })],
      [deployment(rolledOut)],
    ],
  })
  expect(printed.map((line) => line.replace('  shop: waiting for Deployment mail ', ''))).toEqual([
    '(Kubernetes has not seen it yet)',
    '(0 of 1 pods available)',
    '(1 earlier pods remain)',
  ])
})

test('objects that exist already do not end the wait before helm has created the others', async () => {
  let created = (_: boolean) => {}
  let ended = false
  const waiting = waited({ looks: [[broker('True')]] }, new Promise((resolve) => (created = resolve))).then(
    () => (ended = true),
  )
  while (stubs.calls().length < 10) await new Promise(setImmediate)
  expect(ended).toBe(false)
  created(true)
  await waiting
})

test('when helm fails, there is nothing to wait for', async () => {
  const refused = declared('Queue', 'orders', condition('Ready', 'False', 'no broker'))
  await waited({ looks: [[broker('False'), refused]] }, Promise.resolve(false))
})
