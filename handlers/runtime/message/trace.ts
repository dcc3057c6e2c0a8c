import { v5 as uuidv5 } from 'uuid'

const pattern = /^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/

/** Whether a value is a `traceparent` of version 00 (W3C Trace Context). */
export function isTraceparent(value: unknown): value is string {
  return typeof value === 'string' && pattern.test(value)
}

/** The `traceparent` of a trace that is derived from a correlation id. */
export function traceparent(correlationId: string): string {
  const hex = correlationId.replaceAll('-', '').toLowerCase()
  const trace = /^[0-9a-f]{32}$/.test(hex) ? hex : uuidv5(correlationId, uuidv5.URL).replaceAll('-', '')
  const span = hex
    .slice(0, 16)
    .padEnd(16, '1')
    .replace(/[^0-9a-f]/g, '1')
  return `00-${trace}-${span}-01`
}

/** The same trace, one span further: the span of a message is the first half of its id. */
export function childSpan(parent: string, id: string): string {
  return `${parent.slice(0, 36)}${id.slice(0, 8)}${id.slice(9, 13)}${id.slice(14, 18)}-01`
}
