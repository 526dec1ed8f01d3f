// Tables of an import: each column names its heading and how its text becomes a value. One list per table reads the rows, refuses the
// malformed ones by column, and is the documentation of the format.
import { parseDay, type BusinessDay } from '../../../clearing/business-day.ts'

/** Where a row stands in what was sent. */
export interface Source {
  file: string
  line: number
}

export type Sourced<Row> = Row & { source: Source }

export interface Column<Value> {
  heading: string
  /** Undefined when the text is malformed. */
  read: (text: string) => Value | undefined
  /** For an empty cell or a missing column; a column without it must be there and filled. */
  otherwise?: Value
}

export type Table<Row> = { [Key in keyof Row]: Column<Row[Key]> }

export interface Fault {
  reason: string
  detail: string
}

/** The values of a row by the table, or the first column that is at fault. */
export function readCells<Row>(
  table: Table<Row>,
  header: ReadonlyMap<string, number>,
  cells: readonly string[]
): Row | Fault {
  const row: Partial<Row> = {}
  for (const key of Object.keys(table) as (keyof Row & string)[]) {
    const { heading, read, otherwise } = table[key]
    const text = cells[header.get(heading) ?? -1] ?? ''
    if (text === '') {
      if (otherwise === undefined)
        return { reason: header.has(heading) ? 'value-missing' : 'column-missing', detail: heading }
      row[key] = otherwise
      continue
    }
    const value = read(text)
    if (value === undefined) return { reason: 'value-malformed', detail: `${heading}: ${text.slice(0, 60)}` }
    row[key] = value
  }
  return row as Row
}

export function isFault(row: unknown): row is Fault {
  return typeof row === 'object' && row !== null && 'reason' in row && 'detail' in row
}

/** No control characters; PostgreSQL takes no NUL. */
export const text =
  (lengthMax: number) =>
  (text: string): string | undefined =>
    text.length <= lengthMax && !/\p{Cc}/u.test(text) ? text : undefined

export const code = (text: string): string | undefined => (/^[\w.:-]{1,40}$/.test(text) ? text : undefined)

export const whole =
  (least: number, most: number) =>
  (text: string): number | undefined =>
    /^\d{1,9}$/.test(text) && Number(text) >= least && Number(text) <= most ? Number(text) : undefined

export const decimal = (text: string): number | undefined =>
  /^-?\d{1,3}(\.\d{1,12})?$/.test(text) ? Number(text) : undefined

export const oneOf =
  <Value extends string>(...values: readonly Value[]) =>
  (text: string): Value | undefined =>
    values.find((value) => value === text)

export const yesNo = (text: string): boolean | undefined => ({ yes: true, no: false })[text]

export const day = (text: string): BusinessDay | undefined => parseDay(text) ?? undefined

/** 'H:MM' or 'H:MM:SS' on the service day, up to 47:59, as minutes after its midnight; seconds are dropped. */
export const clock = (text: string): number | undefined => {
  const [, hours, minutes] = /^(\d{1,2}):([0-5]\d)(?::[0-5]\d)?$/.exec(text) ?? []
  if (hours === undefined || Number(hours) > 47) return undefined
  return Number(hours) * 60 + Number(minutes)
}

/** Yuan with at most two decimals, as fen. */
export const yuan = (text: string): number | undefined => {
  const [, whole, part = ''] = /^(\d{1,7})(?:\.(\d{1,2})0*)?$/.exec(text) ?? []
  return whole === undefined ? undefined : Number(whole) * 100 + Number(part.padEnd(2, '0'))
}

/** '12345' for Monday to Friday: bit 0 is Monday. */
export const weekdays = (text: string): number | undefined =>
  /^[1-7]{1,7}$/.test(text) ? text.split('').reduce((bits, digit) => bits | (1 << (Number(digit) - 1)), 0) : undefined
