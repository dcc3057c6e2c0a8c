import { columnLines, type Column } from '../cli/table.ts'
import { cut, paint, printable, type Colour } from '../cli/terminal.ts'
import { isSettled, type Operation, type Place, type TracedMessage, type TracedSaga } from './operation.ts'
import type { Trace } from './trace.ts'

interface Line {
  readonly message: TracedMessage
  readonly to: readonly string[]
  readonly place: Place | undefined
  /** Whether it is the first line of its message. */
  readonly isFirst: boolean
}

interface Screen {
  readonly colours: boolean
  readonly width?: number
  readonly now: Date
}

/** The operations as text: each message with its receivers and its place, then sagas, then what could not be looked at. */
export function traceLines({ operations, gaps }: Trace, screen: Screen): string[] {
  const blocks = operations.map((operation) => operationLines(operation, screen))
  const notes = gaps.map((gap) => paintIf(screen, `! ${printable(gap)}`, 'yellow'))
  return [...blocks.flatMap((lines, index) => (index === 0 ? lines : ['', ...lines])), ...notes]
}

function operationLines(operation: Operation, screen: Screen): string[] {
  const { correlationId, subjects, messages, sagas } = operation
  const shown = messages.filter(({ to }) => to.length === 0 || to.some(({ is }) => is !== 'cancelled'))
  const began = messages[0]?.at
  const about = subjects.length > 0 ? `  about ${listed(subjects)}` : ''
  const title = printable(`operation ${correlationId}${about}`)
  const open = shown.filter(({ to }) => !to.every(isSettled)).length
  const count = `${shown.length} ${shown.length === 1 ? 'message' : 'messages'}, ${open === 0 ? 'all handled' : `${open} not handled yet`}`
  const since = began && began <= screen.now ? `, began ${dayAndTime(began)} (${span(screen.now, began)} ago)` : ''
  const lines = shown.flatMap(linesOf)
  const table = columnLines(columns(screen.now), lines.slice(0, mostLines), { colours: screen.colours })
  const rest = lines.length - mostLines
  return [
    paintIf(screen, title, 'bold'),
    `${count}${since}`,
    ...table.map((line) => (screen.width === undefined ? line : cut(line, screen.width))),
    ...(rest > 0 ? [paintIf(screen, `… ${rest} more lines: --json has all`, 'dim')] : []),
    ...sagas.map((saga) => sagaLine(saga, screen)),
  ]
}

/** Lines of one operation, and business ids in its title, that a person reads. */
const mostLines = 200
const mostSubjects = 5

function listed(subjects: readonly string[]): string {
  const rest = subjects.length - mostSubjects
  return `${subjects.slice(0, mostSubjects).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`
}

/** Receivers for which the message is in the same kind of place share a line. */
function linesOf(message: TracedMessage): Line[] {
  if (message.to.length === 0) return [{ message, to: [], place: undefined, isFirst: true }]
  const handled = message.to.filter(({ is }) => is === 'handled')
  const others = message.to.filter(({ is }) => is !== 'handled')
  const last = handled.toSorted((one, other) => atOf(other) - atOf(one))[0]
  return [
    ...(last ? [{ to: handled.map(({ handler }) => handler), place: last }] : []),
    ...others.map((place) => ({ to: [place.handler], place: place })),
  ].map((line, index) => ({ ...line, message, isFirst: index === 0 }))
}

function atOf(place: Place): number {
  return place.is === 'handled' ? +place.at : 0
}

function columns(now: Date): Column<Line>[] {
  const first = (text: (line: Line) => string) => (line: Line) => (line.isFirst ? text(line) : '')
  return [
    { title: 'sent', left: true, text: first(({ message }) => (message.at ? time(message.at) : '?')) },
    { title: 'message', left: true, text: first(({ message }) => message.key) },
    { title: 'from', left: true, text: first(({ message }) => message.from ?? '(outside)') },
    { title: 'to', left: true, text: ({ to }) => to.join(', ') || '-' },
    {
      title: 'where',
      left: true,
      text: ({ place, message }) => (place ? words(place, message, now) : 'no handler subscribes to it'),
      colour: ({ place }) => (place ? colourOf(place) : 'dim'),
    },
  ]
}

function words(place: Place, { at, from }: TracedMessage, now: Date): string {
  switch (place.is) {
    case 'handled':
      return `handled${at && from !== undefined ? ` after ${span(place.at, at)}` : ` at ${time(place.at)}`}${place.attempt > 1 ? `, attempt ${place.attempt}` : ''}`
    case 'sent':
      return `in its queue or in hand${at ? ` for ${span(now, at)}` : ''}${totals(place)}${pause(place)}`
    case 'retry': {
      const number =
        place.attempts === undefined ? `${place.attempt} (for ever)` : `${place.attempt} of ${place.attempts}`
      const when = place.until ? ` at ${time(place.until)} (${until(place.until, now)})` : ''
      return `tier ${place.tier}: attempt ${number}${when}: ${place.error}`
    }
    case 'dead':
      return `dead letter (${place.reason})${place.at ? ` since ${time(place.at)}` : ''}: ${place.error}`
    case 'parked':
      if (place.reason !== undefined) return `parked: its key ${place.key} rests (${place.reason}): ${place.error}`
      return place.due
        ? `parked, tried again at ${time(place.due)} (${until(place.due, now)}): ${place.error}`
        : `parked behind an earlier message of its key ${place.key}`
    case 'timer':
      return `timer, due ${dayAndTime(place.due)} (${until(place.due, now)})`
    case 'cancelled':
      return 'cancelled'
    case 'unconfirmed':
      return 'stored by its sender; the broker has not confirmed it yet'
    case 'unrecorded':
      return 'handled, as its queue is empty: the handler has no database that records it'
    case 'unknown':
      return `? ${place.why}`
  }
}

function totals({ queued, inHand }: Extract<Place, { is: 'sent' }>): string {
  return queued === undefined || inHand === undefined ? '' : ` (${queued} in the queue, ${inHand} in hand)`
}

function pause({ paused }: Extract<Place, { is: 'sent' }>): string {
  return paused ? `: it waits for ${paused.dependency} since ${time(paused.since)}` : ''
}

function colourOf({ is }: Place): Colour | undefined {
  if (is === 'dead' || is === 'unknown') return 'red'
  return is === 'handled' || is === 'unrecorded' || is === 'cancelled' ? 'green' : 'yellow'
}

function sagaLine({ handler, saga, status, step, deadline, failure }: TracedSaga, screen: Screen): string {
  const state =
    status === 'running'
      ? `waits for ${step}, until ${dayAndTime(deadline)} (${until(deadline, screen.now)})`
      : failure
        ? `failed at ${failure.step}: ${failure.reason}`
        : 'done'
  const line = printable(`saga ${saga} of ${handler}: ${state}`)
  return paintIf(screen, line, status === 'running' ? 'yellow' : failure ? 'red' : 'green')
}

function paintIf({ colours }: Screen, text: string, colour: Colour): string {
  return colours ? paint(text, colour) : text
}

function time(at: Date): string {
  return at.toTimeString().slice(0, 8) + `.${String(at.getMilliseconds()).padStart(3, '0')}`
}

function dayAndTime(at: Date): string {
  const pad = (part: number) => String(part).padStart(2, '0')
  return `${at.getFullYear()}-${pad(at.getMonth() + 1)}-${pad(at.getDate())} ${at.toTimeString().slice(0, 8)}`
}

function until(at: Date, now: Date): string {
  return +at > +now ? `in ${span(at, now)}` : `${span(now, at)} overdue`
}

/** The time between two, in two units at most: `31 ms`, `4.2 s`, `12 min`, `3 h 5 min`, `2 d 3 h`. */
function span(later: Date, earlier: Date): string {
  const milliseconds = Math.max(0, +later - +earlier)
  if (milliseconds < 1_000) return `${milliseconds} ms`
  const seconds = milliseconds / 1_000
  if (seconds < 60) return `${seconds.toFixed(1)} s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes} min`
  const hours = Math.floor(minutes / 60)
  if (hours < 24) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`
  return `${Math.floor(hours / 24)} d ${hours % 24} h`
}
