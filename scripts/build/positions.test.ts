import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildHandlers, type Bundle } from './bundles.ts'

/** It refuses to start, and logs the error with which its port fails. */
const source = `import { handler } from 'warren'
import { createLog } from '${process.cwd()}/handlers/runtime/observe/log.ts'
import { framesOf } from '${process.cwd()}/handlers/runtime/message/error-text.ts'
import { v5 } from 'uuid'

interface Nothing { of: 'this is in the bundle' }

function breaks(): never {
  throw new Error('broken on purpose')
}

function identify() {
  return v5('breaker', 'no namespace')
}

export default handler({
  subscriptions: () => [],
  ports: () => {
    try {
      breaks()
    } catch (error) {
      const log = createLog('breaker', 'error')
      try {
        identify()
      } catch (packages) {
        log.error({ err: error, frames: framesOf(error), packages: framesOf(packages) }, 'as planned')
      }
      throw error
    }
  },
})
`

let folder: string
let bundle: Bundle
beforeAll(async () => {
  folder = join(mkdtempSync(join(tmpdir(), 'warren-')), 'breaker')
  mkdirSync(folder)
  writeFileSync(join(folder, 'handler.yaml'), 'handles: []\n')
  writeFileSync(join(folder, 'handler.ts'), source)
  bundle = (await buildHandlers([folder]))[0]!
})
afterAll(() => rmSync(join(folder, '..'), { recursive: true }))

/** The line that the handler logs. */
function logged(...options: string[]) {
  const { stdout } = spawnSync(process.execPath, [...options, bundle.file], {
    encoding: 'utf8',
    env: { AMQP_URL: 'amqp://breaker:x@127.0.0.1:9' },
  })
  return JSON.parse(stdout) as { err: { stack: string }; frames: string; packages: string }
}

const place = /at breaks \(\S*breaker\/handler\.ts:9:9\)/

test('an error in a log names the line of the TypeScript source in which it was thrown', () => {
  const { err, frames } = logged()
  expect(err.stack).toMatch(place)
  expect(frames).toMatch(place)
  expect(frames).not.toContain('broken on purpose')
})

test('a frame in a package keeps its place in the bundle, and the frame that led there has its own', () => {
  const [inPackage, ...callers] = logged().packages.split('\n')
  expect(inPackage).toMatch(/handler\.cjs:\d+:\d+\)$/)
  expect(callers.join()).toMatch(/at identify \(\S*breaker\/handler\.ts:13:10\)/)
})

test('where Node.js itself reads source maps, the positions are the same', () => {
  expect(logged('--enable-source-maps').err.stack).toMatch(/breaker\/handler\.ts:9:9/)
})

test('the map of a bundle that was replaced while its process runs is not used', () => {
  const { atime, mtime } = statSync(bundle.file)
  utimesSync(bundle.file, atime, new Date(Date.now() + 60_000))
  try {
    expect(logged().err.stack).toMatch(/at breaks \(.*handler\.cjs:\d+:\d+\)/)
  } finally {
    utimesSync(bundle.file, atime, mtime)
  }
})

test('the map of a bundle is less than a fifth of its size', () => {
  const { size } = statSync(bundle.file)
  expect(statSync(`${bundle.file}.map`).size).toBeLessThan(size / 5)
})
