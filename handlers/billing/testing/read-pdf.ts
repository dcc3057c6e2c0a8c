import { inflateSync } from 'node:zlib'

/**
 * Reads a PDF without the library that wrote it: the text of each page in the order in which it is drawn, one entry for each piece of it.
 * It knows the part of the format that an invoice has: objects that are not compressed themselves, deflated streams, and fonts with a
 * table that leads from glyphs to letters.
 */
export function readPdf(pdf: Buffer): { pages: string[][]; fonts: number } {
  const source = pdf.toString('latin1')
  if (!source.startsWith('%PDF-') || !source.trimEnd().endsWith('%%EOF')) throw new Error('this is no PDF')
  const objects = new Map(
    [...source.matchAll(/^(\d+) 0 obj\n(.*?)\nendobj$/gms)].map(([, id, body]) => [Number(id), body as string]),
  )
  checkOffsets(source)
  const lettersOf = new Map(
    [...objects].flatMap(([id, body]) => {
      const [, table] = /\/ToUnicode (\d+) 0 R/.exec(body) ?? []
      return table === undefined ? [] : [[id, letters(streamOf(objects, Number(table)))]]
    }),
  )
  const pages = [...objects.values()].filter((body) => /\/Type \/Page\b(?!s)/.test(body))
  return {
    pages: pages.map((body) =>
      textOf(streamOf(objects, reference(body, 'Contents')), fontsOf(objects, body, lettersOf)),
    ),
    fonts: [...objects.values()].filter((body) => body.includes('/FontFile2')).length,
  }
}

type Letters = ReadonlyMap<number, string>

/** The table at the end leads to every object: a reader finds none without it. */
function checkOffsets(source: string): void {
  const start = Number(/startxref\n(\d+)/.exec(source)?.[1])
  const entries = [...source.slice(start).matchAll(/^(\d{10}) \d{5} n ?$/gm)]
  if (entries.length === 0) throw new Error('the PDF has no table of its objects')
  for (const [, offset] of entries)
    if (!/^\d+ 0 obj/.test(source.slice(Number(offset)))) throw new Error(`there is no object at ${offset}`)
}

function reference(body: string, name: string): number {
  const [, id] = new RegExp(`/${name} (\\d+) 0 R`).exec(body) ?? []
  if (id === undefined) throw new Error(`${name} leads nowhere`)
  return Number(id)
}

function streamOf(objects: ReadonlyMap<number, string>, id: number): string {
  const body = objects.get(id) ?? ''
  const [, content] = /stream\n(.*)\nendstream/s.exec(body) ?? []
  if (content === undefined) throw new Error(`object ${id} is no stream`)
  const bytes = Buffer.from(content, 'latin1')
  return (body.includes('/FlateDecode') ? inflateSync(bytes) : bytes).toString('latin1')
}

/** From each glyph to its letters. */
function letters(table: string): Letters {
  const found = new Map<number, string>()
  const decoded = (hex: string) => Buffer.from(hex.replaceAll(' ', ''), 'hex').swap16().toString('utf16le')
  for (const [, ranges = ''] of table.matchAll(/beginbfrange\n(.*?)\nendbfrange/gs)) {
    for (const [, first = '', , listed] of ranges.matchAll(/<([0-9a-f]+)> <([0-9a-f]+)> \[(.*?)\]/gi)) {
      const all = [...(listed ?? '').matchAll(/<([0-9a-f ]+)>/gi)]
      all.forEach(([, hex = ''], index) => found.set(parseInt(first, 16) + index, decoded(hex)))
    }
  }
  return found
}

function fontsOf(objects: ReadonlyMap<number, string>, page: string, lettersOf: ReadonlyMap<number, Letters>) {
  const resources = objects.get(reference(page, 'Resources')) ?? ''
  return new Map(
    [...resources.matchAll(/\/(F\d+) (\d+) 0 R/g)].map(([, name, id]) => [name as string, lettersOf.get(Number(id))]),
  )
}

function textOf(content: string, fonts: ReadonlyMap<string, Letters | undefined>): string[] {
  let font: Letters | undefined
  const found: string[] = []
  for (const [, name, shown] of content.matchAll(/\/(F\d+) [\d.]+ Tf|\[(.*?)\] TJ/g)) {
    if (name !== undefined) font = fonts.get(name)
    else found.push([...(shown ?? '').matchAll(/<([0-9a-f]+)>/gi)].map(([, hex = '']) => decode(hex, font)).join(''))
  }
  return found
}

function decode(hex: string, font: Letters | undefined): string {
  return (hex.match(/.{4}/g) ?? [])
    .map((glyph) => font?.get(parseInt(glyph, 16)) ?? `[no letter for ${glyph}]`)
    .join('')
}
