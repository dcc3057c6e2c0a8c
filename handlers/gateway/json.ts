import { Problem } from './problem.ts'

const maxDepth = 16
/** A text, whole or cut off by the end, and the colon behind a key; or a bracket. Every character is looked at once. */
const token = /"(?:[^"\\]|\\.)*(?:"(\s*:)?|\\?$)|[{}[\]]/gs

/**
 * Parses JSON that means one thing only. Throws a 400 `Problem` for what parsers disagree about or what harms objects:
 * a key twice in one object, a key `__proto__`, half a surrogate pair, more than 16 levels.
 */
export function parseJson(text: string): unknown {
  check(text)
  try {
    return JSON.parse(text)
  } catch {
    throw new Problem(400, 'the body must be valid JSON')
  }
}

/** Looks at strings and brackets alone: what is no JSON at all is left to the parser. */
function check(text: string): void {
  const open: (Set<string> | undefined)[] = []
  token.lastIndex = 0
  for (let match = token.exec(text); match; match = token.exec(text)) {
    const [found, colon] = match
    if (found === '{' || found === '[') {
      if (open.push(found === '{' ? new Set() : undefined) > maxDepth) {
        throw new Problem(400, `the body may have ${maxDepth} levels of objects and lists at most`)
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
  if (/\p{Surrogate}/u.test(value)) throw new Problem(400, 'the body has a text with half a surrogate pair')
  return value
}

function checkKey(key: string, keys: Set<string> | undefined): void {
  const shown = JSON.stringify(key.slice(0, 64))
  if (key === '__proto__') throw new Problem(400, `the body has a key ${shown}, which is not accepted anywhere`)
  if (keys?.has(key)) throw new Problem(400, `the body has the key ${shown} twice in one object`)
  keys?.add(key)
}
