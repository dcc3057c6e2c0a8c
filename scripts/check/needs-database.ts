import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { placeOf, type Manifest } from '#runtime/manifest/index.ts'

/** What an author imports from `warren` only to use the handler's database, and `db` in the context of a handling function. */
const uses = [
  /^import \{[^}]*?\b(at|delay|saga|follow)\b[^}]*\} from 'warren'/gm,
  /\(\s*\w+\s*,\s*\{[^(){}]*?\b(db)\b[^(){}]*\}\s*\)\s*(?:=>|\{)/g,
]

/**
 * Uses of the database in the sources of a handler that has none, one sentence each with file and line.
 *
 * @param root of the system
 */
export function usesOfNoDatabase(manifest: Manifest, root = process.cwd()): string[] {
  if (manifest.database) return []
  const folder = join('handlers', manifest.name)
  const files = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
  return files
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
    .flatMap((file) => {
      const text = readFileSync(join(root, folder, file), 'utf8')
      const found = uses.flatMap((use) => [...text.matchAll(use)])
      return found.map(({ index, 0: match, 1: name = '' }) => {
        const line = text.slice(0, index + match.search(new RegExp(`\\b${name}\\b`))).split('\n').length
        return `${join(folder, file)}:${line}: ${name} needs a database: write database: true in ${placeOf(manifest, 'database')}`
      })
    })
}
