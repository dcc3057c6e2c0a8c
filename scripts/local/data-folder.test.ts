import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { claim } from '../servers/claim.ts'
import { end, identify } from '../servers/processes.ts'
import { until } from '../testbed/until.ts'
import { openDataFolder } from './data-folder.ts'
import { createTeardown } from './teardown.ts'

let folder: string
const others: ChildProcess[] = []
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'warren-'))))
afterEach(() => {
  for (const other of others.splice(0)) other.kill('SIGKILL')
  rmSync(folder, { recursive: true })
})

test('the logs of the last three runs are kept, and a run begins with empty ones', async () => {
  for (const run of ['first', 'second', 'third', 'fourth', 'fifth']) {
    const teardown = createTeardown()
    const { logs } = await openDataFolder(folder, () => {}, teardown, new AbortController().signal)
    expect(logs).toBe(join(folder, 'logs'))
    writeFileSync(join(logs, 'orders.log'), run, { flag: 'wx' })
    await teardown.stopAll()
  }
  const logs = ['logs', 'logs.1', 'logs.2', 'logs.3'].map((name) => join(folder, name, 'orders.log'))
  expect(logs.map((file) => readFileSync(file, 'utf8'))).toEqual(['fifth', 'fourth', 'third', 'second'])
})

/** Another process that has claimed the folder. */
function claimedByAnother({ ends }: { ends?: true } = {}) {
  const other = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
  others.push(other)
  const identity = identify(other.pid!)!
  writeFileSync(join(folder, 'claimed-by.json'), JSON.stringify({ ...identity, ends }))
  return { pid: identity.pid, end: () => end(identity, 'SIGKILL', { within: 1_000 }) }
}

test('a second start is refused at once, with the process of the first and the way out', async () => {
  const other = claimedByAnother()
  const opening = openDataFolder(folder, () => {}, createTeardown(), AbortSignal.timeout(5_000))
  await expect(opening).rejects.toThrow(
    new Error(`npm start already runs here (process ${other.pid}): press Ctrl-C in its terminal`),
  )
})

test('a start waits for one that is ending, with a sentence at once', async () => {
  const other = claimedByAnother({ ends: true })
  const sentences: string[] = []
  const teardown = createTeardown()
  const opening = openDataFolder(folder, (sentence) => sentences.push(sentence), teardown, new AbortController().signal)
  await until(() => sentences.length > 0)
  expect(sentences).toEqual([`Waiting for process ${other.pid} to end …`])
  await other.end()
  await opening
  await teardown.stopAll()
})

test('a start that was asked to stop counts as ending', async () => {
  const [teardown, stopping] = [createTeardown(), new AbortController()]
  await openDataFolder(folder, () => {}, teardown, stopping.signal)
  const ends = () => (JSON.parse(readFileSync(join(folder, 'claimed-by.json'), 'utf8')) as { ends?: true }).ends
  expect(ends()).toBeUndefined()
  stopping.abort()
  expect(ends()).toBe(true)
  expect(claim(folder)).toBe(true)
  await teardown.stopAll()
})
