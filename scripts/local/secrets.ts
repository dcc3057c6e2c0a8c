import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Random passwords and keys for a system on this machine, created on first use and kept in `secrets.json` of the data folder, which
 * only its owner can read.
 *
 * @returns a function from a name to its secret
 */
export function localSecrets(folder: string): (name: string) => string {
  const file = join(folder, 'secrets.json')
  const secrets: Record<string, string> = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {}

  return (name) => {
    const known = secrets[name]
    if (known !== undefined) return known
    const made = randomBytes(24).toString('base64url')
    secrets[name] = made
    mkdirSync(folder, { recursive: true })
    writeFileSync(`${file}.new`, JSON.stringify(secrets, undefined, 2), { mode: 0o600 })
    renameSync(`${file}.new`, file)
    return made
  }
}
