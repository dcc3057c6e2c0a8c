/** Text from outside for a terminal: what would move the cursor, colour the line or turn its direction is shown, not obeyed. */
export function printable(value: string): string {
  return value.replace(
    /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

/** The same over several lines. */
export function printableLines(value: string): string {
  return value.split('\n').map(printable).join('\n')
}
