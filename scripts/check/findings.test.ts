import { command, event } from 'warren'
import { parseManifest } from '#runtime/manifest/index.ts'
import { findings } from './findings.ts'

test('a contract that no handler.yaml names is a warning, and a command without a handler an error', () => {
  const { errors, warnings } = findings([parseManifest('orders', { sends: ['payment.refund.v1'] })], {
    RefundPayment: command('payment.refund.v1', {}),
    StockLow: event('stock.low.v1', {}),
    notAContract: 'words',
  })
  expect(errors).toEqual([
    'handlers/orders/handler.yaml: sends names payment.refund.v1, but no handler handles it: handle it in one, or stop sending it',
  ])
  expect(warnings).toEqual([
    'handlers/contracts: stock.low.v1 is in no handler.yaml: use it in a handler, or remove it',
  ])
})

test('two handlers with the same node port are an error: the cluster would refuse the second', () => {
  const entrance = (name: string, nodePort?: number) =>
    parseManifest(name, { http: 8080, scale: { min: 1 }, entrance: nodePort === undefined ? {} : { nodePort } })
  const handlers = [entrance('api', 30_080), entrance('admin', 30_080), entrance('other', 30_081)]
  expect(findings([...handlers, entrance('inner'), entrance('outer')], {}).errors).toEqual([
    'entrance.nodePort 30080 is in handlers/api/handler.yaml and handlers/admin/handler.yaml: give each another port',
  ])
})
