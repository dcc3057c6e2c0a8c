import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { kindConfig } from './kind-config.ts'

const folder = mkdtempSync(join(tmpdir(), 'kind-config-'))
const before = process.cwd()
beforeAll(() => process.chdir(folder))
afterAll(() => {
  process.chdir(before)
  rmSync(folder, { recursive: true })
})

test("a system without a kind-config.yaml gets Warren's own", () => {
  const { file, cluster, urlOf } = kindConfig()
  expect(join(folder, file)).toBe(join(before, 'kind-config.yaml'))
  expect([cluster, urlOf(30_080)]).toEqual(['warren', 'http://localhost:8080'])
})

test('a system has its own cluster, whose mapped node ports have a URL on this machine', () => {
  const mappings = [
    { containerPort: 30_080, hostPort: 9_000 },
    { containerPort: 30_081, hostPort: 9_001 },
  ]
  writeFileSync('kind-config.yaml', JSON.stringify({ name: 'trips', nodes: [{ extraPortMappings: mappings }, {}] }))
  const { file, cluster, urlOf } = kindConfig()
  expect([file, cluster]).toEqual(['kind-config.yaml', 'trips'])
  expect([30_080, 30_081, 30_082, undefined].map(urlOf)).toEqual([
    'http://localhost:9000',
    'http://localhost:9001',
    undefined,
    undefined,
  ])
})
