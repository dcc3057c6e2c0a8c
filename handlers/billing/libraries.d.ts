/** The part of fontkit that invoices use. */
declare module 'fontkit' {
  export interface Font {
    readonly characterSet: readonly number[]
    glyphForCodePoint(codePoint: number): object
    hasGlyphForCodePoint(codePoint: number): boolean
  }

  export function create(file: Uint8Array): Font
}

/** The part of PDFKit that invoices use. */
declare module 'pdfkit' {
  import type { Readable } from 'node:stream'
  import type { Font } from 'fontkit'

  interface TextOptions {
    readonly width?: number
    readonly align?: 'left' | 'right'
    readonly lineBreak?: boolean
  }

  export default class PDFDocument extends Readable {
    constructor(options: {
      readonly size: 'A4'
      readonly margin: number
      readonly font: Font
      readonly lang: string
      readonly bufferPages: boolean
      readonly info: Readonly<Record<string, string | Date>>
    })
    /** Where the next text goes, from the top left. */
    x: number
    y: number
    readonly page: { readonly width: number; readonly height: number; margins: { bottom: number } }
    addPage(): this
    bufferedPageRange(): { readonly start: number; readonly count: number }
    switchToPage(index: number): this
    fontSize(size: number): this
    text(text: string, x: number, y: number, options?: TextOptions): this
    heightOfString(text: string, options?: TextOptions): number
    moveTo(x: number, y: number): this
    lineTo(x: number, y: number): this
    lineWidth(width: number): this
    stroke(): this
    end(): void
  }
}
