import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { localSecrets } from './secrets.ts'

let folder: string
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'warren-'))))
afterEach(() => rmSync(folder, { recursive: true }))

test('a secret is made once and is the same at the next start', () => {
  const made = localSecrets(folder)('broker/payments')
  expect(made).toMatch(/^[\w-]{32}$/)
  expect(localSecrets(folder)('broker/payments')).toBe(made)
})

test('every name has a secret of its own', () => {
  const secret = localSecrets(folder)
  expect(secret('broker/payments')).not.toBe(secret('broker/orders'))
})

test('nobody else on the machine can read them', () => {
  localSecrets(folder)('broker/payments')
  expect(statSync(join(folder, 'secrets.json')).mode & 0o077).toBe(0)
})
