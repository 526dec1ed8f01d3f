// Reads a TrueType font and cuts out of it the characters a document uses: a font of a few hundred glyphs, numbered as they were
// first used, in place of one of thousands. Outlines are copied, never changed.

export interface TrueTypeFont {
  unitsPerEm: number
  ascent: number
  descent: number
  /** xMin, yMin, xMax, yMax */
  box: readonly number[]
  /** 0 where the font has no glyph for the character. */
  glyphOf(codePoint: number): number
  advanceOf(glyph: number): number
  /** The glyphs in this order, glyph 0 first, with those that they are composed of behind them. */
  subset(glyphs: readonly number[], codePoints: ReadonlyMap<number, number>): Buffer
}

const [wordArguments, hasScale, moreComponents, hasTwoScales, hasMatrix] = [0x1, 0x8, 0x20, 0x40, 0x80]

export function readTrueType(bytes: Buffer): TrueTypeFont {
  const tables = tablesOf(bytes)
  const table = (tag: string): Buffer => {
    const found = tables.get(tag)
    if (!found) throw new SyntaxError(`the font has no table ${tag}`)
    return found
  }
  const head = table('head')
  const hhea = table('hhea')
  const metrics = table('hmtx')
  const glyphs = outlines(table('loca'), table('glyf'), head.readInt16BE(50) === 1)
  const measured = hhea.readUInt16BE(34)
  const advanceOf = (glyph: number): number => metrics.readUInt16BE(Math.min(glyph, measured - 1) * 4)
  return {
    unitsPerEm: head.readUInt16BE(18),
    ascent: hhea.readInt16BE(4),
    descent: hhea.readInt16BE(6),
    box: [36, 38, 40, 42].map((at) => head.readInt16BE(at)),
    glyphOf: readCharacterMap(table('cmap')),
    advanceOf,
    subset: (wanted, codePoints) =>
      writeSubset({ head, hhea, maxp: table('maxp'), glyphs, advanceOf }, wanted, codePoints)
  }
}

function tablesOf(bytes: Buffer): Map<string, Buffer> {
  const count = bytes.readUInt16BE(4)
  return new Map(
    Array.from({ length: count }, (_, index) => {
      const at = 12 + index * 16
      const start = bytes.readUInt32BE(at + 8)
      return [bytes.toString('latin1', at, at + 4), bytes.subarray(start, start + bytes.readUInt32BE(at + 12))] as const
    })
  )
}

function outlines(loca: Buffer, glyf: Buffer, long: boolean): (glyph: number) => Buffer {
  const offset = (glyph: number) => (long ? loca.readUInt32BE(glyph * 4) : loca.readUInt16BE(glyph * 2) * 2)
  return (glyph) => glyf.subarray(offset(glyph), offset(glyph + 1))
}

/** The segmented map of the basic plane (format 4) or of all planes (format 12), whichever says more. */
function readCharacterMap(cmap: Buffer): (codePoint: number) => number {
  const count = cmap.readUInt16BE(2)
  const maps = Array.from({ length: count }, (_, index) => cmap.subarray(cmap.readUInt32BE(4 + index * 8 + 4)))
  const full = maps.find((map) => map.readUInt16BE(0) === 12)
  if (full) return (codePoint) => glyphOfGroups(full, codePoint)
  const basic = maps.find((map) => map.readUInt16BE(0) === 4)
  if (!basic) throw new SyntaxError('the font has no character map we read')
  return (codePoint) => glyphOfSegments(basic, codePoint)
}

function glyphOfGroups(map: Buffer, codePoint: number): number {
  let low = 0
  let high = map.readUInt32BE(12) - 1
  while (low <= high) {
    const middle = (low + high) >> 1
    const at = 16 + middle * 12
    if (codePoint < map.readUInt32BE(at)) high = middle - 1
    else if (codePoint > map.readUInt32BE(at + 4)) low = middle + 1
    else return map.readUInt32BE(at + 8) + codePoint - map.readUInt32BE(at)
  }
  return 0
}

function glyphOfSegments(map: Buffer, codePoint: number): number {
  const segments = map.readUInt16BE(6)
  for (let at = 14; at < 14 + segments; at += 2) {
    if (map.readUInt16BE(at) < codePoint) continue
    const start = map.readUInt16BE(at + 2 + segments)
    if (start > codePoint) return 0
    const delta = map.readUInt16BE(at + 2 + segments * 2)
    const rangeAt = at + 2 + segments * 3
    const range = map.readUInt16BE(rangeAt)
    if (range === 0) return (codePoint + delta) & 0xffff
    const glyph = map.readUInt16BE(rangeAt + range + (codePoint - start) * 2)
    return glyph === 0 ? 0 : (glyph + delta) & 0xffff
  }
  return 0
}

interface Parts {
  head: Buffer
  hhea: Buffer
  maxp: Buffer
  glyphs: (glyph: number) => Buffer
  advanceOf: (glyph: number) => number
}

function writeSubset(parts: Parts, wanted: readonly number[], codePoints: ReadonlyMap<number, number>): Buffer {
  const order = [...wanted]
  const placeOf = new Map(order.map((glyph, place) => [glyph, place]))
  const drawn: Buffer[] = []
  for (let place = 0; place < order.length; place++) {
    const outline = Buffer.from(parts.glyphs(order[place]!))
    for (const at of componentsOf(outline)) {
      const component = outline.readUInt16BE(at)
      if (!placeOf.has(component)) placeOf.set(component, order.push(component) - 1)
      outline.writeUInt16BE(placeOf.get(component)!, at)
    }
    drawn.push(padded(outline))
  }
  const head = Buffer.from(parts.head)
  head.writeUInt32BE(0, 8)
  head.writeInt16BE(1, 50)
  const hhea = Buffer.from(parts.hhea)
  hhea.writeUInt16BE(order.length, 34)
  const maxp = Buffer.from(parts.maxp)
  maxp.writeUInt16BE(order.length, 4)
  const metrics = Buffer.alloc(order.length * 4)
  for (const [place, glyph] of order.entries()) {
    metrics.writeUInt16BE(parts.advanceOf(glyph), place * 4)
    // The left edge of the outline is where its box says: every glyph of such a font begins there.
    metrics.writeInt16BE(drawn[place]!.length > 0 ? drawn[place]!.readInt16BE(2) : 0, place * 4 + 2)
  }
  return assemble({
    cmap: writeCharacterMap(codePoints, placeOf),
    glyf: Buffer.concat(drawn),
    head,
    hhea,
    hmtx: metrics,
    loca: writeOffsets(drawn),
    maxp
  })
}

/** Where in the outline of a composed glyph the numbers of its parts stand. */
function componentsOf(outline: Buffer): number[] {
  if (outline.length === 0 || outline.readInt16BE(0) >= 0) return []
  const places: number[] = []
  for (let at = 10, flags = moreComponents; (flags & moreComponents) !== 0;) {
    flags = outline.readUInt16BE(at)
    places.push(at + 2)
    at += 4 + ((flags & wordArguments) !== 0 ? 4 : 2)
    if ((flags & hasScale) !== 0) at += 2
    else if ((flags & hasTwoScales) !== 0) at += 4
    else if ((flags & hasMatrix) !== 0) at += 8
  }
  return places
}

function writeOffsets(drawn: readonly Buffer[]): Buffer {
  const loca = Buffer.alloc((drawn.length + 1) * 4)
  let offset = 0
  for (const [place, outline] of drawn.entries()) loca.writeUInt32BE((offset += outline.length), (place + 1) * 4)
  return loca
}

function writeCharacterMap(codePoints: ReadonlyMap<number, number>, placeOf: ReadonlyMap<number, number>): Buffer {
  const known = [...codePoints].filter(([, glyph]) => placeOf.has(glyph)).sort(([a], [b]) => a - b)
  const map = Buffer.alloc(12 + 16 + known.length * 12)
  map.writeUInt16BE(1, 2)
  // Platform 3, encoding 10: all of Unicode.
  map.writeUInt16BE(3, 4)
  map.writeUInt16BE(10, 6)
  map.writeUInt32BE(12, 8)
  map.writeUInt16BE(12, 12)
  map.writeUInt32BE(16 + known.length * 12, 16)
  map.writeUInt32BE(known.length, 24)
  for (const [index, [codePoint, glyph]] of known.entries()) {
    const at = 28 + index * 12
    map.writeUInt32BE(codePoint, at)
    map.writeUInt32BE(codePoint, at + 4)
    map.writeUInt32BE(placeOf.get(glyph)!, at + 8)
  }
  return map
}

function assemble(tables: Record<string, Buffer>): Buffer {
  const entries = Object.entries(tables)
  const power = Math.floor(Math.log2(entries.length))
  const directory = Buffer.alloc(12 + entries.length * 16)
  directory.writeUInt32BE(0x00010000, 0)
  directory.writeUInt16BE(entries.length, 4)
  directory.writeUInt16BE(2 ** power * 16, 6)
  directory.writeUInt16BE(power, 8)
  directory.writeUInt16BE(entries.length * 16 - 2 ** power * 16, 10)
  let offset = directory.length
  for (const [index, [tag, bytes]] of entries.entries()) {
    const at = 12 + index * 16
    directory.write(tag, at, 'latin1')
    directory.writeUInt32BE(checksum(bytes), at + 4)
    directory.writeUInt32BE(offset, at + 8)
    directory.writeUInt32BE(bytes.length, at + 12)
    offset += padded(bytes).length
  }
  const font = Buffer.concat([directory, ...entries.map(([, bytes]) => padded(bytes))])
  const headAt = font.readUInt32BE(12 + entries.findIndex(([tag]) => tag === 'head') * 16 + 8)
  font.writeUInt32BE((0xb1b0afba - checksum(font)) >>> 0, headAt + 8)
  return font
}

function checksum(bytes: Buffer): number {
  let sum = 0
  const whole = padded(bytes)
  for (let at = 0; at < whole.length; at += 4) sum = (sum + whole.readUInt32BE(at)) >>> 0
  return sum
}

function padded(bytes: Buffer): Buffer {
  const rest = bytes.length % 4
  return rest === 0 ? bytes : Buffer.concat([bytes, Buffer.alloc(4 - rest)])
}
