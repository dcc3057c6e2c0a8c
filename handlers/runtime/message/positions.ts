import { readFileSync, statSync } from 'node:fs'
import { SourceMap, type SourceMapPayload } from 'node:module'

/**
 * A position in a bundle, in a line of a stack that names a frame. Tried once a line: an error may quote a whole message, and a search
 * at each of its characters would stop the process for minutes.
 */
const position = /^( {4}at (?:async )?(?:[^(\n]*\()?)((?:[A-Za-z]:)?[\\/][^()\n]*\.cjs):(\d+):(\d+)/gm
/** The source map of each bundle; `undefined` for a bundle without one. */
const maps = new Map<string, SourceMap | undefined>()

/**
 * A stack whose positions in bundles are those of the sources, such as `handlers/orders/handler.ts:12:5`. Source maps are read when
 * the first error is reported, so the start of a process does not pay for them, as it does with `--enable-source-maps`. Positions in
 * packages stay as they are: the maps leave them out.
 */
export function inSources(stack: string): string {
  return stack.replace(position, (found, before: string, file: string, line: string, column: string) => {
    const entry = mapOf(file)?.findEntry(Number(line) - 1, Number(column) - 1)
    // A position without an entry would get that of a line above it.
    if (!entry || !('originalSource' in entry) || entry.generatedLine !== Number(line) - 1) return found
    return `${before}${entry.originalSource.replace(/^(\.\.\/)+/, '')}:${entry.originalLine + 1}:${entry.originalColumn + 1}`
  })
}

function mapOf(file: string): SourceMap | undefined {
  if (!maps.has(file)) maps.set(file, readMap(file))
  return maps.get(file)
}

function readMap(file: string): SourceMap | undefined {
  try {
    // The map of a later build does not fit the code that this process has loaded.
    if (statSync(file).mtimeMs > performance.timeOrigin) return undefined
    return new SourceMap(JSON.parse(readFileSync(`${file}.map`, 'utf8')) as SourceMapPayload)
  } catch {
    return undefined
  }
}
