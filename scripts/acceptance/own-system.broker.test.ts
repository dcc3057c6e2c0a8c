import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { loadManifests } from '#runtime/manifest/index.ts'
import { freePorts } from '../servers/ports.ts'
import { npmStart, ready, type Started } from '../testbed/npm-start.ts'
import { until } from '../testbed/until.ts'
import { beginSystem, type BegunSystem } from './begun-system.ts'

let system: BegunSystem
let start: Started | undefined

beforeAll(() => {
  system = beginSystem()
}, 300_000)

afterAll(async () => {
  start?.child.kill('SIGINT')
  await start?.exited
  system?.remove()
})

describe('the package', () => {
  test('contains the API with its types, the programs of a handler, the commands, the charts and the operators', () => {
    const commands = readdirSync('scripts')
      .filter((name) => /^[a-z-]+\.ts$/.test(name) && !['own-files.ts', 'package.ts'].includes(name))
      .map((name) => name.replace('.ts', '.js'))
    const of = (place: string, files: readonly string[]) => files.map((name) => join(place, name))
    const migrations = 'handlers/runtime/database/migrations'
    expect(system.packed.paths).toEqual(
      expect.arrayContaining([
        ...['README.md', 'LICENSE', 'package.json', 'Dockerfile', 'scripts/warren.mjs', 'scripts/jest.mjs'],
        ...of('dist/handlers/runtime', ['index.js', 'index.js.map', 'index.d.ts', 'testing.js', 'testing.d.ts']),
        ...of('dist/handlers/runtime', ['process/run.js', 'prepare/prepare.js']),
        ...of(join('dist', migrations), readdirSync(migrations)),
        ...of('dist/scripts', commands),
        ...['charts/handler/Chart.yaml', 'charts/handler/values.schema.json', 'k8s/keda/kustomization.yaml'],
      ]),
    )
  })

  test('contains no test, no secret, no source of its own, and nothing of the shop', () => {
    const { paths } = system.packed
    const places = /(^|\/)(\.env|\.npmrc|node_modules|\.warren|fixtures|testbed|acceptance|shop)(\/|$)|\.pem$|\.key$/
    const begins = (path: string) => path.startsWith('scripts/init/template/')
    const source = (path: string) => path.endsWith('.ts') && !path.endsWith('.d.ts') && !begins(path)
    expect(paths.filter((path) => places.test(path) || source(path))).toEqual([])

    const ofShop = loadManifests('handlers').flatMap(({ handles, emits }) => [...handles, ...emits])
    const code = paths
      .filter((path) => /^dist\/.*\.js$/.test(path))
      .map((path) => readFileSync(join(system.root, 'node_modules/warren', path), 'utf8'))
    // In comments, messages of the shop are examples.
    const withoutComments = code.join('\n').replaceAll(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '')
    expect(ofShop.filter((type) => withoutComments.includes(`"${type}"`))).toEqual([])
  })

  test('contains every page to which its README links', () => {
    const { paths } = system.packed
    const links = [...readFileSync('README.md', 'utf8').matchAll(/\]\(([^)#:]+)[#)]/g)].map(([, path]) => path!)
    expect(links).toContain('docs/guide.md')
    expect(links.filter((path) => !paths.includes(path))).toEqual([])
  })

  test('is smaller than 3 MB', () => {
    expect(statSync(system.packed.file).size).toBeLessThan(3_000_000)
  })

  test('runs nothing when it is installed', () => {
    const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> }
    expect(Object.keys(scripts).filter((name) => /^(pre|post)?install$|^prepare$/.test(name))).toEqual([])
  })
})

describe('a system that warren init has begun', () => {
  test('passes its checks and its tests', () => {
    expect(system.warren('check')).toEqual({ status: 0, output: '2 handlers checked.\n' })
    expect(system.warren('test')).toEqual({ status: 0, output: expect.stringContaining('4 passed, 0 failed') })
  }, 120_000)

  test('is not written again into its own folder', () => {
    expect(system.warrenBeside('init', 'my-system')).toEqual({
      status: 2,
      output: expect.stringContaining('is not empty'),
    })
  }, 60_000)

  test('takes one more handler, which fits the others', () => {
    expect(system.warren('new', 'thumbnails').status).toBe(0)
    expect(system.warren('check')).toEqual({
      status: 0,
      output: expect.stringMatching(/thumbnails\.process\.v1.*\n3 handlers checked\.\n$/),
    })
    expect(system.warren('test', 'thumbnails')).toEqual({
      status: 0,
      output: expect.stringContaining('1 passed, 0 failed'),
    })
  }, 120_000)

  test('answers the printed request by the way of a message through both handlers, takes a message by hand, and shows the way of both', async () => {
    const [port = 0] = await freePorts(1)
    start = npmStart(join(system.root, '.warren'), { PORT: String(port) }, system.root, 'node_modules/.bin/warren')
    const { handlers } = await ready(start)
    const url = handlers['api']?.url ?? ''
    const [, address, body] = /curl -i (\S+) .* -d '(.*)'/.exec(start.said()) ?? []
    expect(address).toBe(`${url}/greetings`)

    const headers = { 'content-type': 'application/json' }
    const accepted = await fetch(address!, { method: 'POST', headers, body: body! })
    expect(accepted.status).toBe(202)
    const textAt = async (place: string) =>
      ((await (await fetch(`${url}${place}`)).json()) as { text: string | null }).text
    const place = accepted.headers.get('location') ?? ''
    await until(async () => (await textAt(place)) === 'Hello, Ada!', { within: 30_000 })

    const id = '5f0c2f3e-54a1-4b8e-9a27-1d1a1f8a7c01'
    expect(system.warren('send', 'greeting.write.v1', JSON.stringify({ id, name: 'Ada' })).output).toContain(
      'greeting.write.v1',
    )
    const again = await fetch(address!, { method: 'POST', headers, body: body! })
    const next = again.headers.get('location') ?? ''
    await until(async () => (await textAt(next)) === 'Hello again, Ada! (3)', { within: 30_000 })

    const { output } = system.warren('trace', place.split('/').at(-1)!)
    expect(output).toMatch(/greeting\.write\.v1 +api +greeter +handled after/)
    expect(output).toMatch(/greeting\.written\.v1 +greeter +api +handled after/)
    expect(system.warren('trace', id)).toEqual({
      status: 0,
      output: expect.stringMatching(/greeting\.write\.v1 +\(outside\) +greeter +handled at/),
    })
  }, 120_000)

  test('names file and line of a mistake', () => {
    const path = join(system.root, 'handlers/greeter/handler.yaml')
    const text = readFileSync(path, 'utf8')
    writeFileSync(path, text.replace('emits:', 'emit:'))
    const { status, output } = system.warren('check')
    writeFileSync(path, text)
    expect([status, output]).toEqual([1, expect.stringContaining('handlers/greeter/handler.yaml:3: emit')])
  }, 60_000)
})
