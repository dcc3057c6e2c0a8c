import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openDataFolder } from './data-folder.ts'
import { createTeardown } from './teardown.ts'

let folder: string
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'warren-'))))
afterEach(() => rmSync(folder, { recursive: true }))

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
