import { loadManifest, loadManifests, parseManifest } from '#runtime/manifest/index.ts'
import { handlerPart } from '#runtime/topology/handler-part.ts'
import { chartTest } from './testing/needs-helm.ts'
import { only, render, type KubernetesObject } from './testing/render.ts'
import { differences, placed, topologyOf } from './testing/topology-of.ts'
import { zeroValues } from './testing/zero-values.ts'

const rendered = (name: string, set: object = {}, folder = 'handlers') =>
  render({ chart: 'charts/handler', release: name, values: [`${folder}/${name}/handler.yaml`], set })

describe('the topology of the chart and of the runtime', () => {
  for (const manifest of loadManifests('handlers')) {
    chartTest(`the chart declares the runtime's topology for ${manifest.name}, object by object`, () => {
      expect(differences(placed(handlerPart(manifest), 'warren'), topologyOf(rendered(manifest.name)))).toEqual([])
    })
  }

  chartTest('narrowed subscriptions stay narrow, and the configured virtual host is used', () => {
    const subscribes = [
      { type: 'order.created.v1', key: 'us.*' },
      { type: 'order.created.v1', key: 'eu.#' },
    ]
    const manifest = { ...loadManifest('handlers/shipping'), subscribes }
    const objects = rendered('shipping', { subscribes, broker: { vhost: 'market' } })
    expect(differences(placed(handlerPart(manifest), 'market'), topologyOf(objects))).toEqual([])
  })

  chartTest('the chart declares the same permissions as the runtime for a handler that announces and hears', () => {
    const values = { announces: ['door.closed.v1'], hears: ['door.opened.v1'] }
    const manifest = { ...loadManifest('handlers/shipping'), ...values }
    const objects = rendered('shipping', values)
    expect(differences(placed(handlerPart(manifest), 'warren'), topologyOf(objects))).toEqual([])
  })

  chartTest('the chart declares the same user and permissions as the runtime for scheduled redrives', () => {
    const redrive = { every: 3_600_000, reasons: ['exhausted' as const], times: 3 }
    const manifest = { ...loadManifest('handlers/shipping'), redrive }
    const objects = rendered('shipping', { redrive: { every: '1h' } })
    expect(differences(placed(handlerPart(manifest), 'warren'), topologyOf(objects))).toEqual([])
  })

  for (const order of [{ ordered: true }, { partitions: 8 }]) {
    chartTest(`the chart declares the same queues as the runtime for ${JSON.stringify(order)}`, () => {
      const subscribes = [{ type: 'order.created.v1', key: 'us.*' }, 'order.cancelled.v1']
      const values = { ...order, subscribes, handles: ['stock.update.v1'], database: true, scale: { max: 1 } }
      const manifest = parseManifest('shipping', { ...values, emits: ['shipment.scheduled.v1'] })
      const objects = rendered('shipping', {
        ...values,
        emits: ['shipment.scheduled.v1'],
        sends: [],
        hears: [],
        retry: { forever: [] },
      })
      expect(differences(placed(handlerPart(manifest), 'warren'), topologyOf(objects))).toEqual([])
    })
  }

  for (const questions of [
    { asks: ['stock.check.v1'] },
    { answers: ['stock.check.v1'] },
    { asks: ['price.read.v1'], answers: ['stock.check.v1', 'stock.count.v1'] },
  ]) {
    chartTest(`the chart declares the same objects as the runtime for ${JSON.stringify(questions)}`, () => {
      const manifest = { ...loadManifest('handlers/shipping'), ...questions }
      expect(differences(placed(handlerPart(manifest), 'warren'), topologyOf(rendered('shipping', questions)))).toEqual(
        [],
      )
    })
  }

  chartTest('questions start an answerer as messages do', () => {
    const [scaled] = rendered('shipping', { answers: ['stock.check.v1'] }).filter(({ kind }) => kind === 'ScaledObject')
    const triggers = scaled!.spec.triggers as { type: string; metadata: { queueName?: string } }[]
    expect(triggers.map(({ type, metadata }) => metadata.queueName ?? type)).toEqual([
      'shipping',
      'shipping.questions',
      'postgresql',
    ])
  })

  chartTest(
    'the chart binds to the same headers of notifications as the runtime, and lets those write that notify',
    () => {
      const headers = { channel: 'sms', urgent: true }
      const type = 'customer.notify.v1'
      const values = {
        handles: [],
        sends: [],
        emits: [],
        hears: [],
        retry: { forever: [] },
        notifies: ['staff.notify.v1'],
        subscribes: [
          'order.created.v1',
          { type, headers },
          { type, headers, match: 'any' },
          { type: 'staff.notify.v1', headers: {} },
        ],
      }
      const manifest = parseManifest('shipping', { ...values, database: true })
      expect(differences(placed(handlerPart(manifest), 'warren'), topologyOf(rendered('shipping', values)))).toEqual([])
    },
  )

  const change = (kind: string, mutate: (spec: any) => void) => (objects: KubernetesObject[]) =>
    mutate(objects.find((object) => object.kind === kind)!.spec)

  const planted: Record<string, (objects: KubernetesObject[]) => unknown> = {
    'another queue argument': change('Queue', (spec) => (spec.arguments = { 'x-max-length': 5 })),
    'a queue that is not durable': change('Queue', (spec) => (spec.durable = false)),
    'another policy definition': change('Policy', (spec) => (spec.definition['delivery-limit'] = 21)),
    'another policy pattern': change('Policy', (spec) => (spec.pattern = '^payments')),
    'another binding key': change('Binding', (spec) => (spec.routingKey = 'payment.authorize.v1')),
    'a missing binding': (objects) =>
      objects.splice(
        objects.findIndex(({ kind }) => kind === 'Binding'),
        1,
      ),
    'an extra binding': (objects) =>
      objects.push({ ...structuredClone(only(objects, 'Permission')), kind: 'Binding', ...bindingToAll }),
    'a wider permission': change('Permission', (spec) => (spec.permissions.configure = '.*')),
    'a wider topic permission': change('TopicPermission', (spec) => (spec.permissions.write = '.*')),
    'a user with a tag': change('User', (spec) => (spec.tags = ['management'])),
    'another virtual host': change('Policy', (spec) => (spec.vhost = 'market')),
    'another exchange': (objects) => objects.push(exchange),
  }
  const rabbitmqClusterReference = { name: 'rabbit' }
  const bindingToAll = {
    spec: {
      vhost: 'warren',
      source: 'events',
      destination: 'payments',
      destinationType: 'queue',
      routingKey: '#',
      rabbitmqClusterReference,
    },
  }
  const exchange = {
    apiVersion: 'rabbitmq.com/v1beta1',
    kind: 'Exchange',
    metadata: { name: 'payments' },
    spec: { vhost: 'warren', name: 'payments', type: 'topic', durable: true, rabbitmqClusterReference },
  }

  for (const [difference, plant] of Object.entries(planted)) {
    chartTest(`${difference} is detected`, () => {
      const objects = rendered('payments')
      plant(objects)
      const found = differences(placed(handlerPart(loadManifest('handlers/payments')), 'shop'), topologyOf(objects))
      expect(found).not.toEqual([])
    })
  }

  chartTest('a resource for another broker is detected', () => {
    const objects = rendered('payments')
    only(objects, 'Policy').spec.rabbitmqClusterReference.name = 'other'
    expect(() => topologyOf(objects)).toThrow('the resources name different brokers')
  })
})

chartTest(
  'no resource contains a default that the topology operator removes, so an unchanged upgrade changes nothing',
  () => {
    for (const { name } of loadManifests('handlers')) expect(zeroValues(rendered(name))).toEqual([])
  },
)

chartTest('a changed binding is a new resource, because bindings cannot be changed', () => {
  const names = (set: object) =>
    rendered('shipping', set)
      .filter(({ kind }) => kind === 'Binding')
      .map(({ metadata }) => metadata.name)
  const [before, after] = [names({}), names({ handles: ['shipment.schedule.v2', 'shipment.cancel.v1'] })]
  expect(new Set(before).size).toBe(before.length)
  // Its queue's, and that of the journal.
  expect(after.filter((name) => !before.includes(name))).toHaveLength(2)
  expect(before.filter((name) => !after.includes(name))).toHaveLength(2)
})

chartTest('an uninstalled release keeps its messages and everything that its pods need to finish', () => {
  const objects = rendered('payments')
  const kept = objects.filter(({ metadata }) => metadata.annotations?.['helm.sh/resource-policy'] === 'keep')
  const kinds = ['Queue', 'Binding', 'Policy', 'User', 'Permission', 'TopicPermission', 'NetworkPolicy']
  expect(new Set(kept.map(({ kind }) => kind))).toEqual(new Set(kinds))
  // Hooks such as payments-prepare do not belong to the release.
  const ofRelease = objects.filter(({ metadata }) => metadata.annotations?.['helm.sh/hook'] === undefined)
  expect(kept).toEqual(ofRelease.filter(({ kind }) => kinds.includes(kind)))
})
