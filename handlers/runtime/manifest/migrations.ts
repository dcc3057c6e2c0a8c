import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Manifest } from './schema.ts'

/** A file of a handler's folder `migrations`. */
export interface MigrationFile {
  /** As the database records it: `0001_stock`. */
  readonly name: string
  /** As errors name it: `handlers/inventory/migrations/0001_stock.sql`. */
  readonly path: string
  readonly text: string
}

/** A sentence's rest when a handler's folder has migrations that nothing would ever run; undefined if it has not. */
export function migrationsWithoutDatabase({ database }: Manifest, folder: string): string | undefined {
  if (database || migrationFiles(join(folder, 'migrations')).length === 0) return undefined
  return 'database must be true, because the folder has migrations'
}

/**
 * The migrations of a folder, in the order in which they run; none if the folder does not exist.
 *
 * @param called the folder's name in errors
 */
export function migrationFiles(folder: string, called = folder): MigrationFile[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .filter((file) => file.endsWith('.sql'))
    .map((file) => ({
      name: file.slice(0, -'.sql'.length),
      path: join(called, file),
      text: readFileSync(join(folder, file), 'utf8'),
    }))
    .sort((one, other) => numberOf(one) - numberOf(other) || one.name.localeCompare(other.name))
}

/** What is wrong with migrations before any database has seen them, one sentence each with file, line and the way out. */
export function migrationFlaws(files: readonly MigrationFile[]): string[] {
  return files.flatMap((file, index) => {
    const before = files[index - 1]
    const isTwin = before !== undefined && numberOf(before) === numberOf(file)
    return [
      ...(Number.isNaN(numberOf(file))
        ? [`${file.path}: its name must begin with a number, such as 0002_${file.name}.sql`]
        : []),
      ...(isTwin ? [`${file.path}: ${before.name}.sql has the same number: give it the next one`] : []),
      ...markFlaws(file),
      ...theftsIn(file),
    ]
  })
}

function numberOf({ name }: Pick<MigrationFile, 'name'>): number {
  return Number(/^\d+/.exec(name)?.[0])
}

/** How the runner recognizes the two sections of a file. Without the first mark, it would run the second section too. */
const mark = { up: /^\s*--[\s-]*up\s+migration/im, down: /^\s*--[\s-]*down\s+migration/im }

/** Where the statements begin that the runner takes from a file. */
export function startOfStatements(text: string): number {
  return Math.max(0, text.search(mark.up))
}

/** The line of a place in a text. */
export function lineAt(text: string, index: number): number {
  return text.slice(0, index).split('\n').length
}

function markFlaws({ path, text }: MigrationFile): string[] {
  const [up, down] = [text.search(mark.up), text.search(mark.down)]
  // A mark's pattern also takes the empty lines above it.
  const line = (index: number) => lineAt(text, index + (/^\s*/.exec(text.slice(index))?.[0].length ?? 0))
  const statements = code(down > up ? text.slice(Math.max(0, up), down) : text.slice(Math.max(0, up)))
  if (up < 0 && down >= 0)
    return [
      `${path}:${line(down)}: the section "Down Migration" would run too: write "-- Up Migration" above the first statement`,
    ]
  const ignored = up > 0 ? code(text.slice(0, up)).search(/\S/) : -1
  if (ignored >= 0)
    return [
      `${path}:${line(ignored)}: the statements above "-- Up Migration" would never run: move that line to the top of the file`,
    ]
  if (!/\S/.test(statements)) return [`${path}: it has no statement: write one, or remove the file`]
  return []
}

/** The tables and views that the runtime makes in each handler's database. */
const ownedByRuntime = [
  ...['inbox', 'outbox', 'timers', 'sagas', 'due_timers'],
  ...['runtime_migrations', 'handler_migrations'],
]
const owned = String.raw`(?:"?public"?\.)?"?(${ownedByRuntime.join('|')})\b"?`
const change = new RegExp(
  String.raw`\b(?:(?:drop|alter|truncate|create)\s+(?:(?:temporary|unlogged|materialized)\s+)?(?:(?:table|view)\s+)?(?:if\s+(?:not\s+)?exists\s+)?(?:only\s+)?` +
    String.raw`|insert\s+into\s+|update\s+|delete\s+from\s+)${owned}`,
  'gi',
)

function theftsIn({ path, text }: MigrationFile): string[] {
  return [...code(text).matchAll(change)].map(
    ({ index, 1: name }) =>
      `${path}:${lineAt(text, index)}: ${name} belongs to Warren, which makes and changes it itself: name another table`,
  )
}

/** SQL without its comments and texts: each character of them is a space, so that places stay the same. */
function code(text: string): string {
  return text.replace(/--.*|\/\*[\s\S]*?\*\/|'(?:[^']|'')*'/g, (part) => part.replace(/[^\n]/g, ' '))
}
