import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const folder = join(import.meta.dirname, 'migrations')

/** What would fail the statements of processes with the version before. */
const breaking = [
  /\bdrop\b/i,
  /\brename\b/i,
  /\balter\s+column\b/i,
  /\bset\s+not\s+null\b/i,
  /\badd\s+constraint\b/i,
  /\badd\s+column\b(?![^,;]*\bdefault\b)[^,;]*\bnot\s+null\b/i,
]

test.each(readdirSync(folder))(
  '%s only adds, because processes of the version before go on with its tables',
  (file) => {
    const statements = readFileSync(join(folder, file), 'utf8').replaceAll(/--.*$/gm, '')
    expect(breaking.filter((pattern) => pattern.test(statements))).toEqual([])
  },
)
