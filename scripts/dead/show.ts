import { isUtf8 } from 'node:buffer'
import { header } from '#runtime/message/headers.ts'
import { isTooDeep } from '#runtime/message/validate.ts'
import { printable, printableLines } from '../cli/terminal.ts'
import type { Held } from '#runtime/redrive/read.ts'

/** A dead letter as data: the body as JSON if it parses and is no deeper than a contract, as text if it is UTF-8, otherwise as base64. */
export function record({ letter, message }: Held) {
  const { content, properties } = message
  const set = Object.entries(properties).filter(([name, value]) => value !== undefined && name !== 'headers')
  return { ...letter, properties: Object.fromEntries(set), headers: headersOf(properties.headers), ...body(content) }
}

/** What cannot be written as JSON, because that recurses, is replaced by a note. */
function headersOf(headers: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, isDeep(value, 32) ? '(nests too deep to be shown)' : value]),
  )
}

function isDeep(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  return levels === 0 || Object.values(value).some((inside) => isDeep(inside, levels - 1))
}

function body(content: Buffer): { body: unknown } | { bodyText: string } | { bodyBase64: string } {
  if (!isUtf8(content)) return { bodyBase64: content.toString('base64') }
  const text = content.toString('utf8')
  // Such JSON can be read, but not written again: that recurses, and indents each level further.
  if (isTooDeep(text)) return { bodyText: text }
  try {
    return { body: JSON.parse(text) as unknown }
  } catch {
    return { bodyText: text }
  }
}

/** A dead letter as text for the terminal: why it was dead-lettered, its headers, its body. */
export function story(held: Held): string[] {
  const { letter, message } = held
  const { id, handler, type, reason, error, stack, diedAt, attempts, redrives, version, origin } = letter
  const shown = record(held)
  const text =
    'body' in shown ? JSON.stringify(shown.body, null, 2) : 'bodyText' in shown ? shown.bodyText : shown.bodyBase64

  return [
    `${printable(type)} ${printable(id ?? '(no id)')}`,
    `  handler   ${handler}${version ? ` ${printable(version)}` : ''}`,
    `  died      ${diedAt?.toISOString() ?? 'unknown'}, ${printable(reason)}`,
    ...(attempts === undefined ? [] : [`  attempts  ${attempts}`]),
    ...(redrives === 0 ? [] : [`  redrives  ${redrives}`]),
    ...(origin.user ? [`  from      ${printable(origin.user)} as ${printable(origin.key)}`] : []),
    ...indented('error', printableLines(error)),
    ...(stack ? indented('stack', printableLines(stack)) : []),
    ...indented(
      'headers',
      Object.entries(shown.headers)
        .filter(([name]) => !summarised.has(name))
        .map(([name, value]) => `${printable(name)}: ${printable(JSON.stringify(value))}`)
        .join('\n'),
    ),
    ...indented(`body, ${message.content.length} bytes`, printableLines(text)),
    '',
  ]
}

/** Headers whose values are part of the summary. */
const summarised = new Set<string>([
  header.deadReason,
  header.deadError,
  header.deadStack,
  header.deadHandler,
  header.deadVersion,
  header.deadAt,
  header.deadAttempts,
])

function indented(title: string, text: string): string[] {
  return [`  ${title}`, ...text.split('\n').map((line) => `    ${line}`.trimEnd())]
}
