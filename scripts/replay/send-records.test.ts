import { parseManifest } from '#runtime/manifest/index.ts'
import type { JournalRow } from '../journal/read.ts'
import { isWanted } from './send-records.ts'

const record = (type: string, key = type) => ({ type, key }) as JournalRow

test('a handler of version 2 gets the records of version 1 too, because its handler.yaml lists both', () => {
  const billing = parseManifest('billing', {
    handles: ['bill.print.v1', 'bill.print.v2'],
    subscribes: ['order.paid.v1', 'order.paid.v2'],
  })
  for (const type of ['bill.print.v1', 'bill.print.v2', 'order.paid.v1', 'order.paid.v2'])
    expect([type, isWanted(billing, record(type), '#')]).toEqual([type, true])
  expect(isWanted(billing, record('order.paid.v3'), '#')).toBe(false)
})

test('notifications are left out, because the journal does not keep the headers that choose their receivers', () => {
  const desk = parseManifest('desk', { subscribes: [{ type: 'order.notify.v1', headers: { urgent: true } }] })
  expect(isWanted(desk, record('order.notify.v1'), '#')).toBe(false)
})

test('only records with a routing key that the handler and the operator want are sent', () => {
  const billing = parseManifest('billing', { subscribes: [{ type: 'order.paid.v1', key: 'eu.#' }] })
  expect(isWanted(billing, record('order.paid.v1', 'order.paid.v1.eu.de'), '#')).toBe(true)
  expect(isWanted(billing, record('order.paid.v1', 'order.paid.v1.us'), '#')).toBe(false)
  expect(isWanted(billing, record('order.paid.v1', 'order.paid.v1.eu.de'), 'payment.#')).toBe(false)
})
