import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { isAbsolute, join } from 'node:path'
import { ownFile, ownPath } from './own-files.ts'

const before = process.cwd()
const folder = mkdtempSync(join(tmpdir(), 'system-'))
afterEach(() => process.chdir(before))
afterAll(() => rmSync(folder, { recursive: true }))

test("Warren's own files are found from the folder of any system, by a path that a person can paste there", () => {
  expect(ownPath('charts/handler')).toBe('charts/handler')
  process.chdir(folder)
  expect(isAbsolute(ownPath('charts/handler'))).toBe(false)
  expect(existsSync(join(ownPath('charts/handler'), 'Chart.yaml'))).toBe(true)
  expect(ownFile('charts/handler')).toBe(join(before, 'charts/handler'))
})
