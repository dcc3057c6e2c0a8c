import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { loadManifests } from '#runtime/manifest/index.ts'

/** What serves every system: charts, images, operators and commands, without their tests. */
const general = ['charts/handler', 'charts/system', 'k8s', 'scripts', 'Dockerfile', 'kind-config.yaml']
/** What is the shop's own, or serves tests. */
const ofShop = ['scripts/shop', 'scripts/acceptance', 'scripts/testbed', 'scripts/cluster/testing']
const isTest = (path: string) => /\.test\.ts$|\/(fixtures|testing|rules\/tests)\//.test(path)

/** Kubernetes has a level `audit` too. */
const levelsOfKubernetes = `['enforce', 'audit', 'warn']`

function filesIn(path: string): string[] {
  if (!statSync(path).isDirectory()) return [path]
  return readdirSync(path)
    .map((name) => join(path, name))
    .filter((inner) => !ofShop.includes(inner))
    .flatMap(filesIn)
}

test('no chart, command or image names a handler of the shop: all of them work without it', () => {
  const name = new RegExp(
    `(?<![\\w.-])(${loadManifests('handlers')
      .map((each) => each.name)
      .join('|')})(?![\\w.-])`,
  )
  const found = general
    .flatMap(filesIn)
    .filter((path) => !isTest(path))
    .flatMap((path) =>
      readFileSync(path, 'utf8')
        .split('\n')
        .flatMap((line, index) =>
          name.test(line) && !line.includes(levelsOfKubernetes) ? [`${path}:${index + 1}: ${line.trim()}`] : [],
        ),
    )
  expect(found).toEqual([])
})
