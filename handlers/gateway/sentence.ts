import type * as z from 'zod'

type Issue = z.core.$ZodIssue

/** One sentence for the first issue that zod found, such as `lines[0].quantity must be at most 1000`. */
export function sentence({ issues }: z.ZodError, whole: string): string {
  const [issue] = issues as [Issue]
  if (issue.code === 'unrecognized_keys') {
    const name = field([...issue.path, issue.keys[0] as string], whole)
    return `${name} is not a known field: remove it`
  }
  return `${field(issue.path, whole)} ${reason(issue)}`
}

/** The path of a field, such as `lines[0].quantity`; a name from the client is truncated and quoted unless it is a plain word. */
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

function reason(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined ? 'is missing' : `must be ${kinds[issue.expected] ?? issue.expected}`
    case 'too_big':
      return `must ${bound(issue.origin, 'most', issue.maximum)}`
    case 'too_small':
      return `must ${bound(issue.origin, 'least', issue.minimum)}`
    case 'invalid_value':
      return `must be one of ${issue.values.map(String).join(', ')}`
    case 'invalid_format':
      return issue.format === 'regex' ? patternReason(issue) : `must be a valid ${issue.format}`
    default:
      return issue.message
  }
}

/** The schema's own wording if it has one. */
function patternReason({ message, pattern }: { message: string; pattern?: string | undefined }): string {
  return message.startsWith('must ') ? message : `must match ${pattern}`
}

const kinds: Record<string, string> = {
  int: 'a whole number',
  number: 'a number',
  string: 'a string',
  array: 'an array',
  object: 'an object',
}

function bound(origin: string, which: 'most' | 'least', limit: number | bigint): string {
  if (origin === 'string') return `have at ${which} ${limit} ${limit === 1 ? 'character' : 'characters'}`
  if (origin === 'array') return `have at ${which} ${limit} ${limit === 1 ? 'entry' : 'entries'}`
  return `be at ${which} ${limit}`
}
