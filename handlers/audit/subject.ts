/** Characters of the longest business id that is kept. */
const longest = 255

/** The business id that a body is about: its first field whose name ends in id. None if it is no JSON, or none that can be stored. */
export function subjectOf(body: string): string | null {
  try {
    const fields = JSON.parse(body) as unknown
    if (typeof fields !== 'object' || fields === null) return null
    const [, value] = Object.entries(fields).find(([name]) => /^id$|Id$|_id$/.test(name)) ?? []
    return typeof value === 'string' && value.length <= longest && !value.includes('\0') && value.isWellFormed()
      ? value
      : null
  } catch {
    return null
  }
}
