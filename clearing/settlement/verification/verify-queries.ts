// SQL of verification: a file's rows as they were stored, in the order of its lines.
import type { Queryable } from '../../database.ts'

export interface StoredLine {
  lineNumber: number
  /** Every column that came from the line, in the order of factOf (verify-file.ts); null is empty. */
  fact: string
}

const page = 10_000

/** One pass, one sort, no matter how long the file. Leaving it early gives the connection back. */
export async function* storedLines(sql: Queryable, file: number): AsyncGenerator<StoredLine> {
  const cursor = sql<StoredLine[]>`
    select line_number, concat(
      transaction_day - date '2000-01-01', '|', card_number, '|', card_sequence, '|', terminal_number, '|', terminal_sequence,
      '|', (extract(epoch from occurred_at) * 1000)::bigint, '|', amount, '|', price, '|', balance_before, '|', tac,
      '|', issuer, '|', acquirer, '|', key, '|', service, '|', kind, '|', passage, '|', discount, '|', algorithm
    ) as fact
    from card_transaction where file_id = ${file} order by line_number`.cursor(page)
  for await (const rows of cursor) yield* rows
}

export async function listRejectBytes(
  sql: Queryable,
  file: number,
  fromLine: number,
  beforeLine: number
): Promise<{ lineNumber: number; raw: Uint8Array }[]> {
  return await sql<{ lineNumber: number; raw: Uint8Array }[]>`
    select line_number, raw from card_reject
    where file_id = ${file} and line_number >= ${fromLine} and line_number < ${beforeLine} order by line_number`
}

export async function countFileRejects(sql: Queryable, file: number): Promise<number> {
  const [row] = await sql<
    { count: number }[]
  >`select count(*)::integer as count from card_reject where file_id = ${file}`
  return row!.count
}

export async function findFileSignature(
  sql: Queryable,
  file: number
): Promise<{ signature: Uint8Array | null; signatureState: string; publicKey: Uint8Array | null }> {
  const [row] = await sql<{ signature: Uint8Array | null; signatureState: string; publicKey: Uint8Array | null }[]>`
    select file.signature, file.signature_state, participant.public_key
    from card_file as file left join participant on participant.id = file.sender where file.id = ${file}`
  return row!
}
