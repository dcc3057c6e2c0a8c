import { readFileSync } from 'node:fs'
import { cut, paint } from '../../cli/terminal.ts'
import { captionOf, startLines, type Row } from '../../local/table.ts'

/** The table at one moment, as `npm start -- --json` printed its rows. */
interface Moment {
  readonly words: string
  readonly about: string
  readonly now: string
  readonly since: string
  readonly waiting: string
  readonly rows: readonly Row[]
}

/** Characters of the terminal. */
const width = 111
/** Pixels. */
const [left, line, character] = [28, 19, 8.43]
const colours: Readonly<Record<string, string>> = { '1': 't', '2': 'd', '31': 'r', '32': 'g', '33': 'y' }

/** `docs/terminal.svg`: the live table of `npm start` at three moments of a run, as the code of today draws it. */
export function terminalPicture(): string {
  const moments = JSON.parse(readFileSync('scripts/shop/picture/moments.json', 'utf8')) as Moment[]
  let y = 62
  const texts = moments.flatMap((moment) => {
    const title = `<text class="c" x="${left}" y="${y}"><tspan class="w">${escaped(moment.words)}</tspan> ${escaped(moment.about)}</text>`
    y += 5
    const lines = linesOf(moment).map((text) => `<text x="${left}" y="${(y += line)}">${spans(text)}</text>`)
    y += 2 * line
    return [title, ...lines]
  })
  const size = { x: Math.round(2 * left + width * character), y: y - 2 }
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size.x} ${size.y}" width="${size.x}" height="${size.y}" font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="14" role="img" aria-labelledby="title">
  <title id="title">The live table of npm start at three moments: no replicas, up to five of a handler, and none again while a retry waits</title>
  <style>
    text { fill: #c9d1d9; white-space: pre }
    .t { font-weight: bold; fill: #f0f6fc }
    .d { fill: #8b949e }
    .r { fill: #f85149 }
    .g { fill: #56d364 }
    .y { fill: #e3b341 }
    .c { fill: #8b949e; font-size: 13px }
    .w { fill: #79c0ff }
  </style>
  <rect width="${size.x}" height="${size.y}" rx="8" fill="#0d1117"/>
  <path d="M8 0h${size.x - 16}a8 8 0 0 1 8 8v24H0V8a8 8 0 0 1 8-8z" fill="#21262d"/>
  <circle cx="20" cy="16" r="5" fill="#f85149"/>
  <circle cx="38" cy="16" r="5" fill="#e3b341"/>
  <circle cx="56" cy="16" r="5" fill="#56d364"/>
  <text class="c" x="${size.x / 2}" y="21" text-anchor="middle">npm start</text>
${texts.map((text) => `  ${text.replace('<text ', '<text xml:space="preserve" ')}`).join('\n')}
</svg>
`
}

function linesOf({ now, since, waiting, rows }: Moment): string[] {
  const dated = rows.map((row) => ({
    ...row,
    lastError: row.lastError && { ...row.lastError, at: new Date(row.lastError.at) },
  }))
  const table = startLines(() => new Date(now))(dated, { colours: true, width })
  return [...table, paint(captionOf(since, waiting), 'dim')].map((text) => cut(text, width))
}

/** The colours of a terminal as those of the picture. */
function spans(text: string): string {
  return escaped(text).replace(
    /\x1b\[(\d+)m(.*?)(?:\x1b\[0m|$)/g,
    (_, code: string, painted: string) => `<tspan class="${colours[code]}">${painted}</tspan>`,
  )
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
}
