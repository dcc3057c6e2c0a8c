import * as contracts from '#contracts'
import { loadManifests, parseManifest } from '#runtime/manifest/index.ts'
import { findings } from './findings.ts'

test('the shop has no error, and warnings about the messages whose uses are still to come', () => {
  const { errors, warnings } = findings(loadManifests('handlers'), contracts)
  expect(errors).toEqual([])
  expect(warnings).toEqual([
    expect.stringMatching(
      /^handlers\/payments\/handler\.yaml:\d+: handles names payment\.refund\.v1, but no handler sends it/,
    ),
    expect.stringMatching(
      /^handlers\/inventory\/handler\.yaml:\d+: emits names stock\.low\.v1, but no handler subscribes to it/,
    ),
  ])
})

test('a contract that no handler.yaml names is a warning, and a command without a handler an error', () => {
  const { errors, warnings } = findings([parseManifest('orders', { sends: ['payment.refund.v1'] })], {
    RefundPayment: contracts.RefundPayment,
    StockLow: contracts.StockLow,
    orderId: contracts.fields.orderId,
  })
  expect(errors).toEqual([
    'handlers/orders/handler.yaml: sends names payment.refund.v1, but no handler handles it: handle it in one, or stop sending it',
  ])
  expect(warnings).toEqual([
    'handlers/contracts: stock.low.v1 is in no handler.yaml: use it in a handler, or remove it',
  ])
})
