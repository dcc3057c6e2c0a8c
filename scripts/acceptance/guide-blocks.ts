/** One code block of the guide. */
export interface Block {
  /** The word behind its opening fence. */
  readonly language: string
  readonly text: string
  /** The line of its opening fence, from 1. */
  readonly line: number
}

/** A command of the guide, and the lines that it is shown to print. */
export interface Shown {
  readonly command: string
  readonly output: string
}

/** The code blocks of a page in Markdown, in order. */
export function blocksOf(page: string): Block[] {
  return [...page.matchAll(/^```(\w*)\n(.*?)^```$/gms)].map(({ 1: language, 2: text, index }) => ({
    language: language!,
    text: text!,
    line: page.slice(0, index).split('\n').length,
  }))
}

/** The file that a block contains whole: its path, in a comment, is the first line. */
export function wholeFile({ text }: Block): { path: string; content: string } | undefined {
  const [, path, content] = /^(?:\/\/|#|--) (handlers\/\S+)\n(.*)$/s.exec(text) ?? []
  return path === undefined ? undefined : { path, content: content! }
}

/** The changes by hand that a block shows, by file. */
export function changesIn({ text }: Block): { path: string; change: string }[] {
  return text
    .split(/^\+\+\+ /m)
    .slice(1)
    .flatMap((part) => {
      const [path = '', ...lines] = part.split('\n')
      return lines
        .join('\n')
        .split(/^@@\n/m)
        .map((change) => ({ path, change }))
    })
}

/**
 * A file after a change by hand: the lines with a minus are removed, those with a plus added.
 *
 * @throws an error if the lines to remove, and those around them, are not exactly one place of the file
 */
export function edited(content: string, change: string): string {
  const lines = change.trimEnd().split('\n')
  const without = (sign: string) =>
    lines
      .filter((line) => !line.startsWith(sign))
      .map((line) => `${line.slice(1)}\n`)
      .join('')
  const before = without('+')
  if (content.split(before).length !== 2) throw new Error(`this is not exactly one place of the file:\n${before}`)
  return content.replace(before, () => without('-'))
}

/** The commands of a `console` block. */
export function commandsIn({ text }: Block): Shown[] {
  return text
    .split(/^\$ /m)
    .slice(1)
    .map((part) => ({ command: part.slice(0, part.indexOf('\n')), output: part.slice(part.indexOf('\n') + 1) }))
}

/**
 * The lines that a page shows, as a pattern for a real output: all of them are in it, in this order, perhaps with others between,
 * and with ids, times and widths of their own.
 */
export function patternOf(output: string): RegExp {
  const id = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g
  const lines = output
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && line !== '…')
    .map((line) =>
      line
        .replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&')
        .replaceAll(id, '[0-9a-f-]{36}')
        .replaceAll(/\d\d:\d\d:\d\d(\\\.\d+)?/g, '[\\d:.]+')
        .replaceAll(/(?<![\w.])\d+(\\\.\d+)? ?(ms|s)\b/g, '[\\d.]+@(ms|s|m|h)')
        .replaceAll(/ +/g, ' +')
        .replaceAll('@', ' *'),
    )
  return new RegExp(lines.join('[^]*?'))
}
