import { spawnSync } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { agreement, lint, loadManifest, refusals } from '#runtime/manifest/index.ts'
import type { Handler } from 'warren'
import { withContracts } from './handler-files.ts'
import { objectionTo } from './new-handler.ts'
import { copyWithNewHandler } from './testing/copy.ts'

let root: string

beforeAll(() => {
  root = copyWithNewHandler('thumb-nails2')
  writeFileSync(join(root, 'jest.config.json'), JSON.stringify(jestConfig()))
  writeFileSync(
    join(root, 'tsconfig.new.json'),
    JSON.stringify({ extends: './tsconfig.json', include: ['handlers/contracts', 'handlers/thumb-nails2'] }),
  )
})

afterAll(() => rmSync(root, { recursive: true }))

function jestConfig() {
  const parser = { syntax: 'typescript' }
  return {
    transform: { '\\.ts$': ['@swc/jest', { jsc: { target: 'es2023', parser }, module: { type: 'es6' } }] },
    extensionsToTreatAsEsm: ['.ts'],
    testEnvironmentOptions: { customExportConditions: ['warren:source', 'node'] },
  }
}

/** Runs a program of node_modules/.bin in the copy. */
function run(program: string, ...args: string[]) {
  const { status, stdout, stderr } = spawnSync(resolve('node_modules/.bin', program), args, {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, NODE_OPTIONS: '--experimental-vm-modules --no-warnings' },
  })
  return { status, output: `${stdout}${stderr}` }
}

test('a new handler type-checks', () => {
  expect(run('tsc', '--project', 'tsconfig.new.json')).toEqual({ status: 0, output: '' })
}, 120_000)

test('a new handler is formatted', () => {
  const { status, output } = run('prettier', '--check', 'handlers/thumb-nails2', 'handlers/contracts')
  expect([status, output]).toEqual([0, expect.stringContaining('All matched files')])
}, 120_000)

test('the test of a new handler passes', () => {
  const { status, output } = run('jest', '--config', 'jest.config.json', 'handlers/thumb-nails2')
  expect([status, output]).toEqual([0, expect.stringContaining('1 passed')])
}, 120_000)

test('the handler.yaml of a new handler agrees with its code, and its numbers fit each other', async () => {
  const manifest = loadManifest(join(root, 'handlers/thumb-nails2'))
  const { default: handler } = (await import(join(root, 'handlers/thumb-nails2/handler.ts'))) as { default: Handler }
  expect(agreement(manifest, handler.subscriptions(undefined))).toEqual([])
  expect([...refusals(manifest, false), ...lint(manifest, false)]).toEqual([])
})

test.each([
  ['Thumbnails', 'must be up to 40 lower-case letters, digits and hyphens, a letter first'],
  ['2nd', 'must be up to 40 lower-case letters, digits and hyphens, a letter first'],
  ['../outside', 'must be up to 40 lower-case letters, digits and hyphens, a letter first'],
  ['events', expect.stringMatching(/^must be none of .*\bevents\b/)],
  ['payments', 'must be another one: handlers/payments exists already'],
  ['runtime', 'must be another one: handlers/runtime exists already'],
  ['fields', 'must be another one: handlers/contracts/fields.ts exists already'],
  ['orders-scaler', expect.stringMatching(/^must not end in -scaler/)],
])('no handler can be named %s', (name, sentence) => {
  expect(objectionTo(name, '.')).toEqual(sentence)
})

test('a name that is free is not objected to', () => {
  expect(objectionTo('thumbnails', '.')).toBeUndefined()
})

test.each([
  [
    'audit',
    "/** All. */\nexport * from './audit.ts'\nexport * from './orders.ts'\nexport * as fields from './fields.ts'\n",
  ],
  [
    'thumbs',
    "/** All. */\nexport * from './orders.ts'\nexport * from './thumbs.ts'\nexport * as fields from './fields.ts'\n",
  ],
])('the contract of %s is exported in the order of the alphabet', (name, expected) => {
  const index = "/** All. */\nexport * from './orders.ts'\nexport * as fields from './fields.ts'\n"
  expect(withContracts(index, name)).toBe(expected)
})
