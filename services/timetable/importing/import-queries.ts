// Imports and the rows they refused, in SQL.
import type { Queryable, Transaction } from '../../../clearing/database.ts'
import { refuse } from '../../refusals.ts'
import type { RefusedRow, TimetableImport } from './import-schemas.ts'

const columns = (sql: Queryable) => sql`
    id, name, format, encode(digest, 'hex') as digest, version, rows, rows - refused as taken, refused, ignored, received_at, received_by`

/** The first import of these bytes with these parameters. */
export async function findSameImport(
  sql: Queryable,
  { digest, parameters }: { digest: Uint8Array; parameters: string }
): Promise<TimetableImport | null> {
  const [row] = await sql<TimetableImport[]>`
    select ${columns(sql)} from timetable_import where digest = ${digest} and parameters = ${parameters}`
  return row ?? null
}

/** Throws the refusal timetable-import-not-found. */
export async function findImport(sql: Queryable, id: number): Promise<TimetableImport> {
  const [row] = await sql<TimetableImport[]>`select ${columns(sql)} from timetable_import where id = ${id}`
  if (!row) throw refuse('timetable-import-not-found')
  return row
}

export async function listImports(sql: Queryable, limit: number): Promise<TimetableImport[]> {
  return await sql<TimetableImport[]>`select ${columns(sql)} from timetable_import order by id desc limit ${limit}`
}

export interface NewImport {
  digest: Uint8Array
  parameters: string
  name: string
  format: 'csv' | 'gtfs'
  version: number | null
  rows: number
  ignored: string[]
  receivedAt: Date
  receivedBy: string
}

export async function insertImport(
  tx: Transaction,
  given: NewImport,
  refusals: RefusedRow[]
): Promise<TimetableImport> {
  const [row] = await tx<TimetableImport[]>`
    insert into timetable_import ${tx({ ...given, refused: refusals.length })} returning ${columns(tx)}`
  await tx`
    insert into timetable_import_refusal (import, file, line, reason, detail)
    select ${row!.id}, file, line, reason, detail
    from jsonb_to_recordset(${tx.json(refusals)}) as refused(file text, line integer, reason text, detail text)`
  return row!
}

export interface RefusalPage {
  import: number
  /** The row the page before ended with. */
  after: { file: string; line: number }
  limit: number
}

export async function listRefusedRows(sql: Queryable, page: RefusalPage): Promise<RefusedRow[]> {
  return await sql<RefusedRow[]>`
    select file, line, reason, detail from timetable_import_refusal
    where import = ${page.import} and (file, line) > (${page.after.file}, ${page.after.line})
    order by file, line
    limit ${page.limit}`
}
