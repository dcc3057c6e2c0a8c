import type { System } from '../inspect/system.ts'
import { gatewayOf, wholeShop } from './shop.ts'

const gateway = { url: 'http://127.0.0.1:8080', secrets: { AUTH_SECRET: 'a secret of this shop' } }
const system: System = {
  amqpUrl: 'amqp://operator:secret@127.0.0.1:5672/warren',
  managementUrl: 'http://127.0.0.1:15672',
  handlers: {
    gateway,
    bank: { url: 'http://127.0.0.1:8090', secrets: {} },
    orders: { databaseUrl: 'postgres://orders:secret@127.0.0.1:5432/orders', secrets: {} },
  },
  mails: '.warren/mail',
}

test('the shop is found in the addresses of the running system', () => {
  expect(wholeShop(system)).toEqual({
    gatewayUrl: 'http://127.0.0.1:8080',
    authSecret: 'a secret of this shop',
    amqpUrl: system.amqpUrl,
    managementUrl: system.managementUrl,
    databases: { orders: 'postgres://orders:secret@127.0.0.1:5432/orders' },
    bankUrl: 'http://127.0.0.1:8090',
    mails: '.warren/mail',
  })
})

test('a shop in a cluster may lack the bank, the mails and the databases; its books then cannot be compared', () => {
  const { mails: _, ...rest } = system
  const bare: System = { ...rest, handlers: { gateway } }
  expect(gatewayOf(bare)).toEqual({ gatewayUrl: gateway.url, authSecret: 'a secret of this shop' })
  expect(() => wholeShop(bare)).toThrow('the shop has no bank, no mail sink, no database server of its own')
})

test('another system than the shop is refused', () => {
  expect(() => gatewayOf({ ...system, handlers: {} })).toThrow(/^the running system has no gateway with an AUTH_SECRET/)
})
