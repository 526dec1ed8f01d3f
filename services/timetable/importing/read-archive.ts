// From what was sent to rows by table: a zip of files or a single CSV file, every row counted, every unreadable one refused.
import type { FileHandle } from 'node:fs/promises'
import { csvRows } from './csv-rows.ts'
import type { RefusedRow } from './import-schemas.ts'
import { isFault, readCells, type Fault, type Source, type Sourced, type Table } from './table-rules.ts'
import { readZip } from './zip-file.ts'

/** Every data row has one fate: the first reason against it stands, or it is taken. */
export interface RowLedger {
  rows: number
  refused: Map<string, RefusedRow>
  ignored: string[]
}

export function openLedger(): RowLedger {
  return { rows: 0, refused: new Map(), ignored: [] }
}

export function refuseRow({ refused }: RowLedger, { file, line }: Source, { reason, detail }: Fault): void {
  const key = `${file}:${line}`
  if (!refused.has(key)) refused.set(key, { file, line, reason, detail: detail.slice(0, 200) })
}

/** Rows of all files together; beyond it an import is cut into several. */
const rowsMax = 2_000_000

/** Throws a SyntaxError when the archive cannot be read, and when there are too many rows. */
export async function readTables<Rows extends { [Name in keyof Rows]: object }>(
  sent: FileHandle,
  { tables, fileName, single }: Format<Rows>,
  ledger: RowLedger
): Promise<{ [Name in keyof Rows]: Sourced<Rows[Name]>[] }> {
  const found = Object.fromEntries(Object.keys(tables).map((name) => [name, []])) as unknown as {
    [Name in keyof Rows]: Sourced<Rows[Name]>[]
  }
  const byFile = new Map(Object.keys(tables).map((name) => [fileName(name), name as keyof Rows & string]))
  const files = single === null ? await readZip(sent) : [{ name: fileName(single), open: () => wholeFile(sent) }]
  const seen = new Set<string>()
  for (const { name, open } of files) {
    // An archive may hold its files in one folder.
    const file = name.slice(name.lastIndexOf('/') + 1)
    const table = byFile.get(file)
    if (table === undefined) {
      ledger.ignored.push(name)
      continue
    }
    if (seen.has(file)) throw new SyntaxError(`${file} is in the archive twice`)
    seen.add(file)
    for await (const row of readTable(tables[table], { file, bytes: open() }, ledger)) found[table].push(row)
  }
  if (seen.size === 0) throw new SyntaxError('no file of the format is in the archive')
  return found
}

export interface Format<Rows> {
  tables: { [Name in keyof Rows]: Table<Rows[Name]> }
  fileName: (table: string) => string
  /** The table of a body that is one CSV file; null for a zip. */
  single: (keyof Rows & string) | null
}

async function* readTable<Row extends object>(
  table: Table<Row>,
  { file, bytes }: { file: string; bytes: AsyncIterable<Uint8Array> },
  ledger: RowLedger
): AsyncGenerator<Sourced<Row>> {
  let header: ReadonlyMap<string, number> | null = null
  for await (const { line, cells, fault } of csvRows(bytes)) {
    if (header === null) {
      header = new Map(cells.map((heading, index) => [heading.toLowerCase(), index]))
      continue
    }
    if (++ledger.rows > rowsMax) throw new SyntaxError(`more than ${rowsMax} rows`)
    const source = { file, line }
    const row = fault ? { reason: fault, detail: '' } : readCells(table, header, cells)
    if (isFault(row)) refuseRow(ledger, source, row)
    else yield { ...row, source }
  }
}

async function* wholeFile(file: FileHandle): AsyncGenerator<Uint8Array> {
  for await (const piece of file.createReadStream({ start: 0, autoClose: false })) yield piece as Uint8Array
}
