import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { alive } from '../servers/processes.ts'
import { runningProcesses } from './running.ts'

let folder: string
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'warren-running-'))))
afterEach(() => rmSync(folder, { recursive: true }))

const forever = () => spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' }).pid!

test('the next run ends the processes that a killed run has left, once', async () => {
  const killedStart = runningProcesses(folder)
  const left = [killedStart.add(forever())!, killedStart.add(forever())!]

  expect(await runningProcesses(folder).endAll()).toBe(2)
  expect(left.map(alive)).toEqual([false, false])
  expect(await runningProcesses(folder).endAll()).toBe(0)
})

test('another process that has reused a recorded id is left alone', async () => {
  const earlier = { pid: process.pid, started: 'another time' }
  writeFileSync(join(folder, `${process.pid}.json`), JSON.stringify(earlier))

  expect(await runningProcesses(folder).endAll()).toBe(0)
})

test('an incomplete record is removed', async () => {
  writeFileSync(join(folder, '4711.json'), '{"pid":')

  expect(await runningProcesses(folder).endAll()).toBe(0)
  expect(readdirSync(folder)).toEqual([])
})

test('a removed process is not ended', async () => {
  const running = runningProcesses(folder)
  const { pid } = running.add(process.pid)!
  running.remove(pid)

  expect(await running.endAll()).toBe(0)
})
