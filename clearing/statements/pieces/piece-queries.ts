// SQL of a publication in the making: the counts that give every record its place, and the pieces with whoever is at them.
import type { BusinessDay } from '../../business-day.ts'
import type { Queryable, Transaction } from '../../database.ts'
import type { LargeWork, LinesResult, Piece, WrittenFile } from './piece-schemas.ts'
import type { IssuerCount, PublicationPieces } from './piece-rules.ts'

/** Accepted lines per file and issuer. The range of the files' numbers lets the block-range index skip everything else. */
export async function countByIssuer(sql: Queryable, files: readonly { id: number }[]): Promise<IssuerCount[]> {
  if (files.length === 0) return []
  const ids = files.map(({ id }) => id)
  return await sql<IssuerCount[]>`
    select row.file_id as file, row.issuer, count(*)::integer as lines
    from card_transaction as row join unnest(${ids}::integer[]) as file (id) on file.id = row.file_id
    where row.file_id between ${Math.min(...ids)} and ${Math.max(...ids)}
    group by row.file_id, row.issuer order by row.issuer, row.file_id`
}

/** Tables, which only their lines tell of, are numbered behind all other large files. */
const tablesFrom = 1_000_000

export async function insertPieces(
  tx: Transaction,
  day: BusinessDay,
  { lines, large, small }: PublicationPieces
): Promise<void> {
  const works = [lines, large, small].flatMap((works, index) => works.map((work) => ({ stage: index + 1, work })))
  const rows = works.map(({ stage, work }, index) => ({ day, number: index + 1, stage, work: tx.json(work as never) }))
  await tx`insert into publication_piece ${tx(rows)}`
}

export async function countPieces(sql: Queryable, day: BusinessDay): Promise<{ all: number; open: number }> {
  const [row] = await sql<{ all: number; open: number }[]>`
    select count(*)::integer as all, (count(*) filter (where result is null))::integer as open
    from publication_piece where day = ${day}`
  return row!
}

/** Nobody else is at it until we commit. Null when others are at everything that can be done now. */
export async function claimPiece(tx: Transaction, day: BusinessDay, number: number | null): Promise<Piece | null> {
  const [row] = await tx<Piece[]>`
    select day, number, stage, work from publication_piece
    where day = ${day} and result is null and (${number}::integer is null or number = ${number})
      and stage = (select min(stage) from publication_piece where day = ${day} and result is null)
    order by number limit 1 for update skip locked`
  return row ?? null
}

export async function finishPiece(
  tx: Transaction,
  { day, number }: Piece,
  result: LinesResult | WrittenFile | WrittenFile[]
): Promise<void> {
  await tx`update publication_piece set result = ${tx.json(result as never)} where day = ${day} and number = ${number}`
}

export async function insertTables(tx: Transaction, day: string, tables: readonly LargeWork[]): Promise<void> {
  if (tables.length === 0) return
  const rows = tables.map((work, index) => {
    return { day, number: tablesFrom + index, stage: 2, work: tx.json(work as never) }
  })
  await tx`insert into publication_piece ${tx(rows)}`
}

export async function listLinesMade(sql: Queryable, day: string): Promise<LinesResult[]> {
  const rows = await sql<{ result: LinesResult }[]>`
    select result from publication_piece where day = ${day} and stage = 1 order by number`
  return rows.map(({ result }) => result)
}

/** Large files, then each participant's. */
export async function listFilesMade(sql: Queryable, day: string): Promise<WrittenFile[]> {
  const rows = await sql<{ result: WrittenFile | WrittenFile[] }[]>`
    select result from publication_piece where day = ${day} and stage > 1 and result is not null order by stage, number`
  return rows.flatMap(({ result }) => result)
}

/** Bytes of the source files whose lines are done. */
export async function sumLinesMade(sql: Queryable, day: string): Promise<number> {
  const [row] = await sql<{ bytes: number }[]>`
    select coalesce(sum(file.size), 0)::bigint as bytes
    from publication_piece as piece
      cross join jsonb_array_elements_text(piece.work -> 'files') as made (id)
      join card_file as file on file.id = made.id::integer
    where piece.day = ${day} and piece.stage = 1 and piece.result is not null`
  return row!.bytes
}

export async function deletePieces(tx: Transaction, day: BusinessDay): Promise<void> {
  await tx`delete from publication_piece where day = ${day}`
}

/** Of the earliest day that is being made: what can be made now, 'DAY/NUMBER'. */
export async function listOpenPieces(sql: Queryable): Promise<string[]> {
  const rows = await sql<{ id: string }[]>`
    with made as (select min(day) as day from publication_piece where result is null)
    select piece.day || '/' || piece.number as id
    from publication_piece as piece join made on made.day = piece.day
    where piece.result is null
      and piece.stage = (select min(stage) from publication_piece where day = piece.day and result is null)
    order by piece.number`
  return rows.map(({ id }) => id)
}

/** Waits for whoever puts the day's files into place. */
export async function holdIssue(tx: Transaction, day: BusinessDay): Promise<void> {
  await tx`select pg_advisory_xact_lock(7236007, hashtext(${day}))`
}
