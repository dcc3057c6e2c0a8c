import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { defaultNamespace } from './default-namespace.ts'

const folder = mkdtempSync(join(tmpdir(), 'Trips_'))
afterAll(() => rmSync(folder, { recursive: true }))

test.each([
  ['the name of the package', { name: 'trips' }, 'trips'],
  ['its name without a scope', { name: '@travel/trips' }, 'trips'],
  ['its name with hyphens for what no namespace may contain', { name: 'trips.and_more' }, 'trips-and-more'],
  ['what package.json sets', { name: 'trips', warren: { namespace: 'travel' } }, 'travel'],
])('the namespace of a system is %s', (_, description, namespace) => {
  writeFileSync(join(folder, 'package.json'), JSON.stringify(description))
  expect(defaultNamespace(folder)).toBe(namespace)
})

test('a folder without a package.json gives its own name', () => {
  rmSync(join(folder, 'package.json'), { force: true })
  expect(defaultNamespace(folder)).toMatch(/^trips-[a-z0-9]+$/)
})

test('this repository is the shop', () => {
  expect(defaultNamespace()).toBe('shop')
})
