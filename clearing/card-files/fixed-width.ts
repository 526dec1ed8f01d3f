// One table of fields reads a line, writes it, and tells where every field lies, so that no layout is written down twice.
// Text is GBK, padded right with spaces; numbers are padded left with zeros; reserves are filled (card.md §2.2).
import iconv from 'iconv-lite'
import type { ExactFen } from '../money.ts'

interface Field<Name extends string, Value> {
  readonly name: Name
  readonly width: number
  readonly encode: (value: Value) => Buffer
  readonly decode: (bytes: Buffer) => Value
}

/** A stretch that carries no value: it is written as given, and read without looking at it. */
interface Fixed {
  readonly name: null
  readonly width: number
  readonly bytes: Buffer
}

/** A field of whatever value: what a table of fields holds. */
interface AnyField {
  readonly name: string
  readonly width: number
  readonly encode: (value: never) => Buffer
  readonly decode: (bytes: Buffer) => unknown
}

type Column = AnyField | Fixed

type Valued<Columns extends readonly Column[]> = Extract<Columns[number], { name: string }>
type NameOf<Columns extends readonly Column[]> = Valued<Columns>['name']

/** What one line says, by field name. */
export type RecordOf<Columns extends readonly Column[]> = {
  [Each in Valued<Columns> as Each['name']]: Each extends { decode: (bytes: Buffer) => infer Value } ? Value : never
}

export interface Layout<Value, Name extends string = string> {
  /** Bytes of a record, without a line end unless the layout spells it. */
  readonly width: number
  /** Byte offset and length of every field, for readers that want no strings. */
  readonly offset: Readonly<Record<Name, number>>
  readonly length: Readonly<Record<Name, number>>
  /** Throws a SyntaxError that names the field. */
  read(bytes: Buffer, at?: number): Value
  /** Throws a RangeError that names the field when a value does not fit. */
  write(value: Value): Buffer
  /** Writes in place, for writers of millions of lines. */
  writeInto(target: Buffer, at: number, value: Value): void
}

export function fixedWidth<const Columns extends readonly Column[]>(
  columns: Columns
): Layout<RecordOf<Columns>, NameOf<Columns>> {
  type Value = RecordOf<Columns>
  const placed = place(columns)
  const width = columns.reduce((total, column) => total + column.width, 0)

  function read(bytes: Buffer, at = 0): Value {
    if (bytes.length < at + width) throw new SyntaxError(`${bytes.length - at} bytes where a record takes ${width}`)
    const value: Record<string, unknown> = {}
    for (const { column, start } of placed) {
      if (column.name === null) continue
      const field = bytes.subarray(at + start, at + start + column.width)
      try {
        value[column.name] = column.decode(field)
      } catch {
        throw new SyntaxError(`${column.name}: '${field.toString('latin1')}' cannot be read`)
      }
    }
    // The columns and the type of the record are derived from the same table.
    return value as Value
  }

  function writeInto(target: Buffer, at: number, value: Value): void {
    const byName: Record<string, unknown> = value
    for (const { column, start } of placed) {
      const bytes = column.name === null ? column.bytes : column.encode(byName[column.name] as never)
      if (bytes.length !== column.width) throw new RangeError(`${column.name}: does not fit into ${column.width} bytes`)
      bytes.copy(target, at + start)
    }
  }

  return {
    width,
    offset: byFieldName(placed, ({ start }) => start),
    length: byFieldName(placed, ({ column }) => column.width),
    read,
    writeInto,
    write(value) {
      const bytes = Buffer.allocUnsafe(width)
      writeInto(bytes, 0, value)
      return bytes
    }
  }
}

interface Placed {
  column: Column
  start: number
}

function place(columns: readonly Column[]): Placed[] {
  let start = 0
  return columns.map((column) => {
    const here = { column, start }
    start += column.width
    return here
  })
}

function byFieldName<Name extends string>(placed: Placed[], pick: (each: Placed) => number): Record<Name, number> {
  const named = placed.filter(({ column }) => column.name !== null)
  return Object.fromEntries(named.map((each) => [each.column.name, pick(each)])) as Record<Name, number>
}

/** Text, left aligned. Reading drops the padding; a trailing space of the text itself is not kept. */
export function text<const Name extends string>(name: Name, width: number): Field<Name, string> {
  return {
    name,
    width,
    encode: (value) => padRight(encodeGbk(value), width),
    decode: (bytes) => trimEnd(decodeGbk(bytes))
  }
}

/** Digits that are a name rather than a quantity: leading zeros matter, and the field is always full. */
export function digits<const Name extends string>(name: Name, width: number): Field<Name, string> {
  return full(name, width, /^\d+$/)
}

/** Upper-case hexadecimal digits, always full. */
export function hex<const Name extends string>(name: Name, width: number): Field<Name, string> {
  return full(name, width, /^[\dA-F]+$/)
}

/** A non-negative whole number in decimal digits, right aligned. */
export function number<const Name extends string>(name: Name, width: number): Field<Name, number> {
  return quantity(name, width, 10)
}

/** A non-negative whole number in hexadecimal digits, right aligned. */
export function hexNumber<const Name extends string>(name: Name, width: number): Field<Name, number> {
  return quantity(name, width, 16)
}

/** Decimal fen with up to 7 places, left aligned (card.md §2.6); Oracle writes '.7', so reading is lenient. */
export function exactFen<const Name extends string>(name: Name, width: number): Field<Name, ExactFen> {
  return {
    name,
    width,
    encode(value) {
      if (!/^-?\d+(\.\d{1,7})?$/.test(value)) throw new RangeError(`${name}: '${value}' has more than 7 places`)
      return padRight(Buffer.from(value, 'latin1'), width)
    },
    decode(bytes) {
      const match = /^(-?)(\d*)(?:\.(\d{0,7}))?$/.exec(trimEnd(bytes.toString('latin1')))
      if (!match || (match[2] === '' && !match[3])) throw new SyntaxError(name)
      const places = match[3]?.replace(/0+$/, '')
      const value = `${match[2]!.replace(/^0+(?=\d)/, '') || '0'}${places ? `.${places}` : ''}`
      return (value === '0' ? value : `${match[1]}${value}`) as ExactFen
    }
  }
}

/** A stretch filled with one character, or with spelt-out text. */
export function filler(fill: string, width = fill.length): Fixed {
  return { name: null, width, bytes: Buffer.alloc(width, fill, 'latin1') }
}

export const lineEnd = '\r\n'

/** iconv-lite writes '?' for what GBK lacks; a file must not change a name unseen, so that is refused. */
export function encodeGbk(value: string): Buffer {
  // oxlint-disable-next-line no-control-regex -- ASCII is the same in both and needs no converter.
  if (/^[\x20-\x7e]*$/.test(value)) return Buffer.from(value, 'latin1')
  const bytes = iconv.encode(value, 'gbk')
  // oxlint-disable-next-line no-control-regex -- a control character would break the line.
  if (/[\x00-\x1f]/.test(value) || decodeGbk(bytes) !== value)
    throw new RangeError(`'${value}' cannot be written in GBK`)
  return bytes
}

export function decodeGbk(bytes: Buffer): string {
  return bytes.some((byte) => byte > 0x7f) ? iconv.decode(bytes, 'gbk') : bytes.toString('latin1')
}

function full<const Name extends string>(name: Name, width: number, pattern: RegExp): Field<Name, string> {
  return {
    name,
    width,
    encode(value) {
      if (!pattern.test(value)) throw new RangeError(`${name}: '${value}'`)
      return Buffer.from(value, 'latin1')
    },
    decode(bytes) {
      const value = bytes.toString('latin1')
      if (!pattern.test(value)) throw new SyntaxError(name)
      return value
    }
  }
}

function quantity<const Name extends string>(name: Name, width: number, radix: 10 | 16): Field<Name, number> {
  const digit = radix === 10 ? /^\d+$/ : /^[\dA-Fa-f]+$/
  return {
    name,
    width,
    encode(value) {
      if (!Number.isSafeInteger(value) || value < 0)
        throw new RangeError(`${name}: ${value} is not a whole number from zero up`)
      return Buffer.from(value.toString(radix).toUpperCase().padStart(width, '0'), 'latin1')
    },
    decode(bytes) {
      const written = bytes.toString('latin1')
      const value = Number.parseInt(written, radix)
      if (!digit.test(written) || !Number.isSafeInteger(value)) throw new SyntaxError(name)
      return value
    }
  }
}

function padRight(bytes: Buffer, width: number): Buffer {
  return bytes.length >= width ? bytes : Buffer.concat([bytes, Buffer.alloc(width - bytes.length, ' ')])
}

function trimEnd(value: string): string {
  return value.replace(/ +$/, '')
}
