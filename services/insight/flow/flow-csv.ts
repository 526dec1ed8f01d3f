// Rows of named cells as the CSV file people open with a spreadsheet.
import { byteOrderMark, csvLine } from '../../../clearing/statements/statement-csv.ts'

type Cell = string | number | boolean | null

/** The columns are the first row's; a cell nobody knows is empty. */
export function csvOf(rows: readonly object[]): string {
  const names = Object.keys(rows[0] ?? {})
  const line = (row: object): string => csvLine(names.map((name) => textOf((row as Record<string, Cell>)[name]!)))
  return byteOrderMark + csvLine(names) + rows.map(line).join('')
}

function textOf(cell: Cell): string | number {
  return typeof cell === 'boolean' ? String(cell) : (cell ?? '')
}
