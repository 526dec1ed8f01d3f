// A dataset of rows as the files people and machines ask for: CSV, JSON Lines and Parquet, with the same columns.
import { parquetWriteBuffer } from 'hyparquet-writer'
import { csvOf } from '../flow/flow-csv.ts'

export const tableFormats = ['csv', 'ndjson', 'parquet'] as const
export type TableFormat = (typeof tableFormats)[number]

export const mediaTypes: Record<TableFormat, string> = {
  csv: 'text/csv; charset=utf-8',
  ndjson: 'application/x-ndjson; charset=utf-8',
  parquet: 'application/vnd.apache.parquet'
}

type Cell = string | number | boolean | null

export function tableFile(rows: readonly object[], format: TableFormat): Buffer {
  if (format === 'csv') return Buffer.from(csvOf(rows))
  if (format === 'ndjson') return Buffer.from(rows.map((row) => `${JSON.stringify(row)}\n`).join(''))
  const names = Object.keys(rows[0] ?? {})
  const columnData = names.map((name) =>
    column(
      name,
      rows.map((row) => (row as Record<string, Cell>)[name]!)
    )
  )
  return Buffer.from(parquetWriteBuffer({ columnData }))
}

/** Whole numbers are 64 bits wide; a name is text. */
function column(name: string, cells: readonly Cell[]) {
  const isNumber = typeof cells.find((cell) => cell !== null) === 'number'
  return isNumber
    ? { name, type: 'INT64' as const, data: cells.map((cell) => (cell === null ? null : BigInt(cell))), nullable: true }
    : {
        name,
        type: 'STRING' as const,
        data: cells.map((cell) => (cell === null ? null : String(cell))),
        nullable: true
      }
}
