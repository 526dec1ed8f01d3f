// A PDF of pages with text, lines and boxes, one embedded font cut down to what is used. It is written plainly, without compression:
// the same document is the same bytes on every machine and with every version of every library.
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { hex } from '../../../card-crypto/bytes.ts'
import { sm3 } from '../../../card-crypto/sm3.ts'
import { readTrueType, type TrueTypeFont } from './true-type.ts'

/** A4 on its side, in points. */
export const pageWidth = 842
export const pageHeight = 595

/** 0 black to 1 white, or red, green, blue. */
export type Ink = number | readonly [number, number, number]

export interface TextStyle {
  size: number
  ink?: Ink
  /** Drawn with an outline, in place of a second font. */
  bold?: boolean
}

/** From the top left corner of the page. */
export interface Area {
  x: number
  y: number
  width: number
  height: number
}

export interface PdfDocument {
  newPage(): void
  readonly pages: number
  /** Of a page, counted from 0: for footers that name the number of pages. */
  choosePage(page: number): void
  /** From the top left corner; y is the base line. */
  text(x: number, y: number, text: string, style: TextStyle): void
  box(area: Area, ink: Ink): void
  widthOf(text: string, size: number): number
  finish(facts: { title: string; createdAt: Date }): Buffer
}

let kept: TrueTypeFont | undefined

function statementFont(): TrueTypeFont {
  kept ??= readTrueType(gunzipSync(readFileSync(new URL('noto-sans-sc.ttf.gz', import.meta.url))))
  return kept
}

/** What stands for a character the font lacks, as printers do. */
const geta = 0x3013

export function createPdf(): PdfDocument {
  const font = statementFont()
  const used = createUsed(font)
  const contents: string[][] = []
  let page: string[] = []
  const number = (value: number): string => String(Math.round(value * 100) / 100)
  const colour = (ink: Ink, operator: 'rg' | 'RG'): string =>
    `${(typeof ink === 'number' ? [ink, ink, ink] : ink).map(number).join(' ')} ${operator}`
  return {
    newPage() {
      page = []
      contents.push(page)
    },
    get pages() {
      return contents.length
    },
    choosePage(index) {
      page = contents[index]!
    },
    text(x, y, text, { size, ink = 0, bold = false }) {
      const outline = bold ? `2 Tr ${number(size * 0.028)} w ${colour(ink, 'RG')}` : '0 Tr'
      page.push(
        `BT ${colour(ink, 'rg')} ${outline} /F1 ${number(size)} Tf ${number(x)} ${number(pageHeight - y)} Td <${used.encode(text)}> Tj ET`
      )
    },
    box({ x, y, width, height }, ink) {
      page.push(
        `${colour(ink, 'rg')} ${number(x)} ${number(pageHeight - y - height)} ${number(width)} ${number(height)} re f`
      )
    },
    widthOf(text, size) {
      let width = 0
      for (const character of text) width += font.advanceOf(used.glyphFor(character.codePointAt(0)!))
      return (width / font.unitsPerEm) * size
    },
    finish: (facts) => writeDocument({ font, used, contents, ...facts })
  }
}

interface Used {
  /** In the order of first use; glyph 0, which stands for nothing, is first. */
  glyphs: number[]
  codePoints: Map<number, number>
  glyphFor(codePoint: number): number
  /** Four hexadecimal digits for each character. */
  encode(text: string): string
}

function createUsed(font: TrueTypeFont): Used {
  const glyphs = [0]
  const places = new Map([[0, 0]])
  const codePoints = new Map<number, number>()
  const glyphFor = (codePoint: number): number => font.glyphOf(codePoint) || font.glyphOf(geta)
  return {
    glyphs,
    codePoints,
    glyphFor,
    encode(text) {
      let encoded = ''
      for (const character of text) {
        const codePoint = character.codePointAt(0)!
        const glyph = glyphFor(codePoint)
        if (!places.has(glyph)) places.set(glyph, glyphs.push(glyph) - 1)
        codePoints.set(codePoint, glyph)
        encoded += places.get(glyph)!.toString(16).padStart(4, '0')
      }
      return encoded
    }
  }
}

interface Finished {
  font: TrueTypeFont
  used: Used
  contents: readonly string[][]
  title: string
  createdAt: Date
}

function writeDocument({ font, used, contents, title, createdAt }: Finished): Buffer {
  const scale = (value: number): number => Math.round((value * 1000) / font.unitsPerEm)
  const firstPage = 9
  const pageRefs = contents.map((_, index) => `${firstPage + index * 2} 0 R`)
  const date = createdAt.toISOString().replaceAll(/[-:T]/g, '').slice(0, 14)
  const widths = used.glyphs.map((glyph) => scale(font.advanceOf(glyph))).join(' ')
  const name = 'LNSTMT+NotoSansSC-Regular'
  const objects: Buffer[] = [
    dictionary('/Type /Catalog /Pages 2 0 R /Lang (zh-CN) /ViewerPreferences << /DisplayDocTitle true >>'),
    dictionary(`/Type /Pages /Count ${contents.length} /Kids [${pageRefs.join(' ')}]`),
    dictionary(
      `/Type /Font /Subtype /Type0 /BaseFont /${name} /Encoding /Identity-H /DescendantFonts [4 0 R] /ToUnicode 7 0 R`
    ),
    dictionary(
      `/Type /Font /Subtype /CIDFontType2 /BaseFont /${name} /CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> /FontDescriptor 5 0 R /CIDToGIDMap /Identity /DW 1000 /W [0 [${widths}]]`
    ),
    dictionary(
      `/Type /FontDescriptor /FontName /${name} /Flags 4 /FontBBox [${font.box.map(scale).join(' ')}] /ItalicAngle 0 /Ascent ${scale(font.ascent)} /Descent ${scale(font.descent)} /CapHeight ${scale(font.ascent)} /StemV 80 /FontFile2 6 0 R`
    ),
    stream(font.subset(used.glyphs, used.codePoints)),
    stream(Buffer.from(toUnicode(used), 'latin1')),
    dictionary(`/Title <${utf16(title)}> /CreationDate (D:${date}Z)`),
    ...contents.flatMap((content, index) => [
      dictionary(
        `/Type /Page /Parent 2 0 R /MediaBox [0 0 ${pageWidth} ${pageHeight}] /Resources << /Font << /F1 3 0 R >> >> /Contents ${firstPage + index * 2 + 1} 0 R`
      ),
      stream(Buffer.from(content.join('\n'), 'latin1'))
    ])
  ]
  return assemble(objects)
}

function assemble(objects: readonly Buffer[]): Buffer {
  const parts = [Buffer.from('%PDF-1.7\n%\xe2\xe3\xcf\xd3\n', 'latin1')]
  const offsets: number[] = []
  let at = parts[0]!.length
  for (const [index, object] of objects.entries()) {
    const whole = Buffer.concat([Buffer.from(`${index + 1} 0 obj\n`), object, Buffer.from('\nendobj\n')])
    offsets.push(at)
    at += whole.length
    parts.push(whole)
  }
  const id = hex(sm3(Buffer.concat(parts))).slice(0, 32)
  const table = offsets.map((offset) => `${String(offset).padStart(10, '0')} 00000 n \n`).join('')
  const size = objects.length + 1
  parts.push(
    Buffer.from(
      `xref\n0 ${size}\n0000000000 65535 f \n${table}trailer\n<< /Size ${size} /Root 1 0 R /Info 8 0 R /ID [<${id}> <${id}>] >>\nstartxref\n${at}\n%%EOF\n`
    )
  )
  return Buffer.concat(parts)
}

function dictionary(entries: string): Buffer {
  return Buffer.from(`<< ${entries} >>`, 'latin1')
}

function stream(bytes: Buffer): Buffer {
  return Buffer.concat([
    Buffer.from(`<< /Length ${bytes.length} >>\nstream\n`, 'latin1'),
    bytes,
    Buffer.from('\nendstream')
  ])
}

/** So that text can be searched for and copied out of the document. */
function toUnicode({ glyphs, codePoints }: Used): string {
  const places = new Map(glyphs.map((glyph, place) => [glyph, place]))
  const lines = [...codePoints].map(
    ([codePoint, glyph]) =>
      `<${places.get(glyph)!.toString(16).padStart(4, '0')}> <${utf16(String.fromCodePoint(codePoint)).slice(4)}>`
  )
  const blocks: string[] = []
  for (let at = 0; at < lines.length; at += 100) {
    const block = lines.slice(at, at + 100)
    blocks.push(`${block.length} beginbfchar\n${block.join('\n')}\nendbfchar`)
  }
  return `/CIDInit /ProcSet findresource begin 12 dict begin begincmap
/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def
/CMapName /Adobe-Identity-UCS def /CMapType 2 def
1 begincodespacerange <0000> <ffff> endcodespacerange
${blocks.join('\n')}
endcmap CMapName currentdict /CMap defineresource pop end end`
}

/** Big-endian with its mark, in hexadecimal digits. */
function utf16(text: string): string {
  return `feff${Buffer.from(text, 'utf16le').swap16().toString('hex')}`
}
