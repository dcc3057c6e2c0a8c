import { Problem } from './problem.ts'

const maxDepth = 16
/** A string (possibly unterminated) with the colon that follows a key, or a bracket. Every character is visited once. */
const token = /"(?:[^"\\]|\\.)*(?:"(\s*:)?|\\?$)|[{}[\]]/gs

/**
 * Parses unambiguous JSON. Throws a 400 `Problem` for constructs that parsers read differently or that are dangerous:
 * a duplicate key, the key `__proto__`, half a surrogate pair, more than 16 levels.
 */
export function parseJson(text: string): unknown {
  check(text)
  try {
    return JSON.parse(text)
  } catch {
    throw new Problem(400, 'the body must be valid JSON')
  }
}

/** Checks strings and brackets only; the parser rejects text that is not JSON at all. */
function check(text: string): void {
  const open: (Set<string> | undefined)[] = []
  token.lastIndex = 0
  for (let match = token.exec(text); match; match = token.exec(text)) {
    const [found, colon] = match
    if (found === '{' || found === '[') {
      if (open.push(found === '{' ? new Set() : undefined) > maxDepth) {
        throw new Problem(400, `the body must have at most ${maxDepth} levels of objects and arrays`)
      }
    } else if (found === '}' || found === ']') {
      open.pop()
    } else {
      const value = read(colon === undefined ? found : found.slice(0, -colon.length))
      if (colon !== undefined) checkKey(value, open.at(-1))
    }
  }
}

function read(quoted: string): string {
  if (!quoted.includes('\\')) return quoted.slice(1, -1)
  let value: string
  try {
    value = JSON.parse(quoted) as string
  } catch {
    throw new Problem(400, 'the body must be valid JSON')
  }
  if (/\p{Surrogate}/u.test(value)) throw new Problem(400, 'the body contains a string with half a surrogate pair')
  return value
}

function checkKey(key: string, keys: Set<string> | undefined): void {
  const shown = JSON.stringify(key.slice(0, 64))
  if (key === '__proto__') throw new Problem(400, `the body contains the forbidden key ${shown}`)
  if (keys?.has(key)) throw new Problem(400, `the body contains the key ${shown} twice in one object`)
  keys?.add(key)
}
