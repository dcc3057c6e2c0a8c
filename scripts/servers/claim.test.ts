import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { claim, claimFolder, claimant, release } from './claim.ts'
import { end, identify } from './processes.ts'

let folder: string
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'warren-'))))
afterEach(() => rmSync(folder, { recursive: true }))

const claimedBy = (owner: object) => writeFileSync(join(folder, 'claimed-by.json'), JSON.stringify(owner))

test('a folder can be claimed once, and again after its release', () => {
  expect(claim(folder)).toBe(true)
  expect(claimant(folder)?.pid).toBe(process.pid)
  release(folder)
  expect(claimant(folder)).toBeUndefined()
})

test('a folder that another running program has claimed is refused with the id of its process', async () => {
  const other = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
  const identity = identify(other.pid!)!
  claimedBy(identity)
  expect(claim(folder)).toBe(false)
  await expect(claimFolder(folder, { within: 50 })).rejects.toThrow(`in use by process ${other.pid}`)

  const claiming = claimFolder(folder)
  await end(identity, 'SIGKILL', { within: 1_000 })
  await claiming
  expect(claimant(folder)?.pid).toBe(process.pid)
})

test('a claim ends with its process, even if another process reuses the id', () => {
  claimedBy({ pid: spawnSync('true').pid, started: '1' })
  expect(claim(folder)).toBe(true)
  claimedBy({ pid: process.ppid, started: 'some other time' })
  expect(claim(folder)).toBe(true)
})
