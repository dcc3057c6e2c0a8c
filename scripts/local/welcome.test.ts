import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { welcome } from './welcome.ts'

const here = process.cwd()
let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'warren-welcome-'))
  process.chdir(root)
})
afterEach(() => {
  process.chdir(here)
  rmSync(root, { recursive: true })
})

function write(handler: string, text: string) {
  mkdirSync(join('handlers', handler), { recursive: true })
  writeFileSync(join('handlers', handler, 'welcome.ts'), text)
}
const at = (url: string) => ({ url, secrets: { KEY: 'k' } })

test('a handler that answers HTTP is introduced in its own words, with its URL and its secrets', async () => {
  write('api', 'export default ({ url, secrets }) => `try ${url} with ${secrets.KEY}`')
  expect(await welcome({ handlers: { api: at('http://localhost:1'), silent: at('http://localhost:2') } })).toBe(
    'try http://localhost:1 with k',
  )
})

test.each([
  ['throws', `export default () => { throw new Error('no key') }`, /Error: no key$/],
  ['does not compile', 'export default = 1', /welcome\.ts:1:/],
])('a welcome.ts that %s is named, and the words of the others are shown', async (_, text, reason) => {
  write('api', text)
  write('hooks', `export default () => 'call me'`)
  const shown = await welcome({ handlers: { api: at('http://localhost:1'), hooks: at('http://localhost:2') } })
  const [broken, other] = shown.split('\n\ncall me')
  expect(broken).toMatch(/^handlers\/api\/welcome\.ts has no words for http:\/\/localhost:1: /)
  expect(broken).toMatch(reason)
  expect(other).toBe('')
})
