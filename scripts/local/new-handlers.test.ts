import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { newHandlers } from './new-handlers.ts'

let house: string
beforeEach(() => (house = mkdtempSync(join(tmpdir(), 'warren-house-'))))
afterEach(() => rmSync(house, { recursive: true }))

function add(name: string, file = 'handler.yaml') {
  mkdirSync(join(house, name), { recursive: true })
  writeFileSync(join(house, name, file), '')
}

test('a handler that is added to a running system is named once, and other folders are not', () => {
  add('orders')
  const look = newHandlers(['orders'], house)
  add('contracts', 'index.ts')
  add('thumbnails', 'handler.ts')
  expect(look()).toEqual([])
  add('thumbnails')
  expect(look()).toEqual(['New: handlers/thumbnails. It starts at the next npm start.'])
  expect(look()).toEqual([])
})

test('one that is removed and added again is named again', () => {
  const look = newHandlers([], house)
  add('thumbnails')
  look()
  rmSync(join(house, 'thumbnails'), { recursive: true })
  expect(look()).toEqual([])
  add('thumbnails')
  expect(look()).toHaveLength(1)
})
