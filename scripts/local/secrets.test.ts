import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { localSecrets } from './secrets.ts'

let folder: string
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'warren-'))))
afterEach(() => rmSync(folder, { recursive: true }))

test('a secret is created once and stays the same across runs', () => {
  const made = localSecrets(folder)('broker/payments')
  expect(made).toMatch(/^[\w-]{32}$/)
  expect(localSecrets(folder)('broker/payments')).toBe(made)
})

test('different names have different secrets', () => {
  const secret = localSecrets(folder)
  expect(secret('broker/payments')).not.toBe(secret('broker/orders'))
})

test('only the owner can read the secrets', () => {
  localSecrets(folder)('broker/payments')
  expect(statSync(join(folder, 'secrets.json')).mode & 0o077).toBe(0)
})
