import type * as z from 'zod'

type Issue = z.core.$ZodIssue

/**
 * The first field that breaks a schema, and its rule, in words for people: `lines[0].quantity must be at most 1000`. A regular
 * expression is never shown; give it words of its own that begin with `must`.
 *
 * @param error what `safeParse` found
 * @param whole what to name when the mistake is in no single field
 */
export function wrongField({ issues }: z.ZodError, whole: string): string {
  const first = issues[0] as Issue
  if (first.code === 'unrecognized_keys') {
    return `${field([...first.path, first.keys[0] as string], whole)} is not a known field: remove it`
  }
  return `${field(first.path, whole)} ${rule(tightest(first, issues))}`
}

/** The path of a field, such as `lines[0].quantity`; a name from outside is truncated and quoted unless it is a plain word. */
function field(path: readonly PropertyKey[], whole: string): string {
  if (path.length === 0) return whole
  return path
    .map((part, index) => {
      if (typeof part === 'number') return `[${part}]`
      const name = String(part)
      if (!/^[A-Za-z_][A-Za-z0-9_-]{0,63}$/.test(name)) return `[${JSON.stringify(name.slice(0, 64))}]`
      return index === 0 ? name : `.${name}`
    })
    .join('')
}

/** Zod checks first whether a whole number is a safe integer; the limit of the field itself comes after it and is the tighter one. */
function tightest(first: Issue, issues: readonly Issue[]): Issue {
  const same = issues.filter(({ code, path }) => code === first.code && path.join() === first.path.join())
  return same.reduce((one, other) => {
    if (one.code === 'too_big' && other.code === 'too_big') return other.maximum < one.maximum ? other : one
    if (one.code === 'too_small' && other.code === 'too_small') return other.minimum > one.minimum ? other : one
    return one
  }, first)
}

function rule(issue: Issue): string {
  if (issue.message.startsWith('must ')) return issue.message
  switch (issue.code) {
    case 'invalid_type':
      return issue.message.endsWith('received undefined')
        ? 'is missing'
        : `must be ${kinds[issue.expected] ?? issue.expected}`
    case 'too_big':
      return `must ${bound(issue.origin, issue.exact ? 'exactly' : 'at most', issue.maximum)}`
    case 'too_small':
      return `must ${bound(issue.origin, issue.exact ? 'exactly' : 'at least', issue.minimum)}`
    case 'invalid_value':
      return `must be ${issue.values.length > 1 ? 'one of ' : ''}${issue.values.map(String).join(', ')}`
    case 'invalid_format':
      return formats[issue.format] ?? 'must have another form'
    case 'not_multiple_of':
      return `must be a multiple of ${issue.divisor}`
    case 'invalid_key':
      return `is not an allowed name: it ${rule(issue.issues[0] as Issue)}`
    default:
      return 'has a value that is not allowed'
  }
}

const kinds: Record<string, string> = {
  int: 'a whole number',
  number: 'a number',
  string: 'a string',
  boolean: 'true or false',
  array: 'an array',
  object: 'an object',
  record: 'an object',
}

const formats: Record<string, string> = {
  email: 'must be an email address',
  uuid: 'must be a UUID',
  url: 'must be a URL',
  datetime: 'must be a time such as 2026-01-31T12:00:00Z',
  date: 'must be a date such as 2026-01-31',
}

function bound(origin: string, which: string, limit: number | bigint): string {
  if (origin === 'string') return `have ${which} ${limit} ${limit === 1 ? 'character' : 'characters'}`
  if (origin === 'array') return `have ${which} ${limit} ${limit === 1 ? 'entry' : 'entries'}`
  return `be ${which} ${limit}`
}
