import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

function pagesIn(folder: string): Record<string, string> {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.md'))
  return Object.fromEntries(files.map((path) => [path, readFileSync(join(folder, path), 'utf8')]))
}

test('docs/api has been made from the docstrings as they are: npm run api', () => {
  const folder = mkdtempSync(join(tmpdir(), 'warren-api-'))
  try {
    execFileSync(process.execPath, ['node_modules/typedoc/bin/typedoc', '--logLevel', 'Warn', '--out', folder])
    expect(pagesIn('docs/api')).toEqual(pagesIn(folder))
  } finally {
    rmSync(folder, { recursive: true })
  }
}, 120_000)
