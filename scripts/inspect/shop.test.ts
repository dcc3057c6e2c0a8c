import { mkdtempSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { forgetShop, readShop, wholeShop, writeShop, type Shop } from './shop.ts'

const shop: Shop = {
  gatewayUrl: 'http://127.0.0.1:8080',
  authSecret: 'a secret of this shop',
  amqpUrl: 'amqp://operator:secret@127.0.0.1:5672/warren',
  managementUrl: 'http://127.0.0.1:15672',
  databases: { orders: 'postgres://orders:secret@127.0.0.1:5432/orders' },
  bankUrl: 'http://127.0.0.1:8090',
  mails: '.warren/mail',
}
const folder = () => mkdtempSync(join(tmpdir(), 'warren-shop-'))

test('a written shop is read back, and only its owner can read it', () => {
  const place = join(folder(), 'made', 'on', 'the', 'way')
  writeShop(shop, place)

  expect(readShop(place)).toEqual(shop)
  expect(statSync(join(place, 'shop.json')).mode & 0o777).toBe(0o600)
})

test('without a running shop, the error names the command that starts one', () => {
  const place = folder()
  expect(() => readShop(place)).toThrow(/is missing: start the shop with `npm start`/)

  writeShop(shop, place)
  forgetShop(place)
  expect(() => readShop(place)).toThrow(/is missing/)
})

test('a file of another version is refused with the name of the field', () => {
  const place = folder()
  writeFileSync(join(place, 'shop.json'), JSON.stringify({ ...shop, gatewayUrl: undefined }))

  expect(() => readShop(place)).toThrow(/gatewayUrl/)
})

test('a shop in a cluster may lack the bank, the mails and the databases; its books then cannot be compared', () => {
  const { bankUrl: _, mails: __, ...rest } = shop
  const place = folder()
  writeShop({ ...rest, databases: {} }, place)
  expect(readShop(place)).toEqual({ ...rest, databases: {} })
  expect(() => wholeShop(readShop(place))).toThrow('the shop has no bank, no mail sink, no database server of its own')
  expect(wholeShop(shop)).toEqual(shop)
})
