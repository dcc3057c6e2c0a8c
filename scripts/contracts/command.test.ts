import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

/** The command itself: `warren.mjs` bundles it, and here it would run it in this repository's root. */
const script = resolve('.warren/build/scripts/contracts.mjs')
let root: string

beforeAll(() => {
  expect(spawnSync(process.execPath, ['scripts/warren.mjs', 'contracts', '--help']).status).toBe(0)
})

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'warren-contracts-'))
  mkdirSync(join(root, 'handlers/contracts'), { recursive: true })
  symlinkSync(resolve('node_modules'), join(root, 'node_modules'))
  writeFileSync(join(root, 'package.json'), '{ "name": "shop", "type": "module" }\n')
})

afterEach(() => rmSync(root, { recursive: true }))

const define = (fields: string) =>
  writeFileSync(
    join(root, 'handlers/contracts/index.ts'),
    `import { command } from 'warren'\nimport * as z from 'zod'\nexport const Place = command('order.place.v1', { ${fields} })\n`,
  )

function contracts(...options: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...options], { cwd: root, encoding: 'utf8' })
  return { status, said: `${stdout}${stderr}`.trim() }
}

test('the command accepts, finds a breaking edit, lets a harmless one be accepted, and retires a type', () => {
  define('id: z.string(), note: z.string().optional()')
  expect(contracts()).toMatchObject({ status: 1, said: expect.stringContaining('npm run contracts -- --accept') })
  expect(contracts('--accept')).toEqual({ status: 0, said: '1 message types written to the lock file.' })
  expect(contracts()).toEqual({ status: 0, said: '1 message types fit what was released.' })

  define('id: z.string(), note: z.string()')
  const refused = contracts('--accept')
  expect(refused).toMatchObject({
    status: 1,
    said: expect.stringMatching(
      /^error: order\.place\.v1: note was optional and is required.*order\.place\.v2 beside it$/,
    ),
  })
  const lock = () => readFileSync(join(root, 'handlers/contracts/contracts.lock.json'), 'utf8')
  expect(lock()).not.toMatch(/"required": \[\s*"id",\s*"note"/)

  define('id: z.string(), note: z.string().optional(), tier: z.string().optional()')
  expect(contracts()).toMatchObject({ status: 1, said: expect.stringContaining('is not in') })
  expect(contracts('--accept').status).toBe(0)

  writeFileSync(join(root, 'handlers/contracts/index.ts'), 'export {}\n')
  expect(contracts()).toMatchObject({ status: 1, said: expect.stringContaining('--retire order.place.v1') })
  expect(contracts('--retire', 'order.place.v1').status).toBe(0)
  expect(lock()).toContain('"retired": true')
  expect(contracts('--retire', 'order.vanish.v1')).toMatchObject({ status: 2 })
}, 120_000)
