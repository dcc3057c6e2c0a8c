import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { softwareList } from './software-list.ts'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'warren-software-'))
})
afterEach(() => rmSync(root, { recursive: true }))

function install(folder: string, described: object) {
  mkdirSync(join(root, folder), { recursive: true })
  writeFileSync(join(root, folder, 'package.json'), JSON.stringify(described))
}

function listed(...inputs: [path: string, bytesInOutput: number][]) {
  const output = {
    bytes: 0,
    imports: [],
    exports: [],
    inputs: Object.fromEntries(inputs.map(([path, bytesInOutput]) => [path, { bytesInOutput }])),
  }
  return softwareList({ name: 'orders', version: '1.0.0', license: 'Apache-2.0' }, [output], root) as {
    components: { purl: string; licenses?: unknown }[]
  }
}

test('a dependency that is installed in two versions is listed twice', () => {
  install('node_modules/one', { name: 'one', version: '1.0.0', license: 'MIT' })
  install('node_modules/@two/deep', { name: '@two/deep', version: '2.0.0', license: '(MIT OR CC0-1.0)' })
  install('node_modules/@two/deep/node_modules/one', { name: 'one', version: '0.9.0' })
  const { components } = listed(
    ['handlers/orders/handler.ts', 10],
    ['node_modules/one/index.js', 10],
    ['node_modules/one/lib/other.js', 10],
    ['node_modules/@two/deep/lib/index.js', 10],
    ['node_modules/@two/deep/node_modules/one/index.js', 10],
  )
  expect(components.map(({ purl, licenses }) => [purl, licenses])).toEqual([
    ['pkg:npm/%40two/deep@2.0.0', [{ expression: '(MIT OR CC0-1.0)' }]],
    ['pkg:npm/one@0.9.0', undefined],
    ['pkg:npm/one@1.0.0', [{ expression: 'MIT' }]],
  ])
})

test('a package whose code was removed from the bundle is not listed', () => {
  install('node_modules/one', { name: 'one', version: '1.0.0', license: 'MIT' })
  expect(listed(['node_modules/one/index.js', 0]).components).toEqual([])
})
