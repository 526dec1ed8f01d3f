// SQL of incoming files: their rows, their chunks, and the acceptance that puts a file into a clearing day.
import { clearingDayAt, type BusinessDay } from '../business-day.ts'
import { transaction, type Database, type Queryable, type Transaction } from '../database.ts'
import type { Fen } from '../money.ts'

export interface CardFile {
  id: number
  name: string
  format: string
  /** Organisation code; null when the format names no sender or it is unknown. */
  sender: string | null
  digest: Uint8Array
  size: number
  storedAs: string
  /** Of the sender over the bytes, as it came: r‖s or DER. */
  signature: Uint8Array | null
  signatureState: 'absent' | 'valid' | 'invalid'
  state: 'loading' | 'accepted' | 'refused'
  code: string
  detail: string
  lineCount: number
  acceptedCount: number
  rejectedCount: number
  amount: Fen
  receivedAt: Date
  acceptedAt: Date | null
  clearingDay: BusinessDay | null
  /** The adjustment it came late for, in place of a clearing day. */
  adjustment: { day: BusinessDay; number: number } | null
}

export interface NewFile {
  name: string
  format: string
  sender: number | null
  digest: Uint8Array
  size: number
  storedAs: string
  signature: Uint8Array | null
  signatureState: CardFile['signatureState']
  state: 'loading' | 'refused'
  code: string
  detail: string
  receivedAt: Date
}

const lockClass = 7_236_003

/** The session of a killed process takes a moment to be noticed; a small file is done meanwhile. */
const lockPatienceMs = 2000

/**
 * Runs the work as the only one on these file names, in whatever process, and tells it which of them it has: the others somebody
 * else is at and stays at. It spares double work; what must not happen twice the keys prevent. So when the connection that holds the
 * locks is lost, the work goes on.
 */
export async function withFileLocks<Result>(
  sql: Database,
  names: readonly string[],
  work: (held: ReadonlySet<string>) => Promise<Result>
): Promise<Result> {
  let working: Promise<Result> | undefined
  try {
    await transaction(sql, async (tx) => {
      const held = await lockNames(tx, new Set(names))
      working = work(held)
      await Promise.allSettled([working])
    })
  } catch (error) {
    if (working === undefined) throw error
  }
  return await working!
}

async function lockNames(tx: Transaction, names: ReadonlySet<string>): Promise<Set<string>> {
  const held = new Set<string>()
  for (const until = Date.now() + lockPatienceMs; ;) {
    const free = await tx<{ name: string }[]>`
      select name from unnest(${[...names].filter((name) => !held.has(name))}::text[]) as name
      where pg_try_advisory_xact_lock(${lockClass}, hashtext(name))`
    for (const { name } of free) held.add(name)
    if (held.size === names.size || Date.now() > until) return held
    await new Promise((done) => setTimeout(done, 50))
  }
}

export async function findFile(sql: Queryable, id: number): Promise<CardFile | undefined> {
  const [row] = await sql<CardFile[]>`${selectFile(sql)} where file.id = ${id}`
  return row
}

/** The one file of this name that was not refused. */
export async function findLiveFile(sql: Queryable, name: string): Promise<CardFile | undefined> {
  const [row] = await sql<CardFile[]>`${selectFile(sql)} where file.name = ${name} and file.state <> 'refused'`
  return row
}

/** The first refusal of these very bytes under this name for this reason. */
export async function findRefusal(
  sql: Queryable,
  { name, digest, code }: { name: string; digest: Uint8Array; code: string }
): Promise<CardFile | undefined> {
  const [row] = await sql<CardFile[]>`
    ${selectFile(sql)}
    where file.name = ${name} and file.digest = ${digest} and file.code = ${code} and file.state = 'refused'
    order by file.id limit 1`
  return row
}

function selectFile(sql: Queryable) {
  return sql`
    select file.id, file.name, file.format, participant.code as sender, file.digest, file.size, file.stored_as,
      file.signature, file.signature_state, file.state, file.code, file.detail, file.line_count, file.accepted_count,
      file.rejected_count, file.amount, file.received_at, file.accepted_at, file.clearing_day,
      case when run.id is not null then jsonb_build_object('day', run.day, 'number', run.number) end as adjustment
    from card_file as file
      left join participant on participant.id = file.sender
      left join adjustment_run as run on run.id = file.adjustment`
}

export async function insertFile(tx: Transaction, file: NewFile): Promise<number> {
  const [row] = await tx<{ id: number }[]>`insert into card_file ${tx({ ...file })} returning id`
  return row!.id
}

/** How many rejects of each code a file has. */
export async function countRejects(sql: Queryable, fileId: number): Promise<{ code: string; count: number }[]> {
  return await sql<{ code: string; count: number }[]>`
    select code, count(*)::integer as count from card_reject where file_id = ${fileId} group by code order by code`
}

export interface Chunk {
  chunk: number
  byteFrom: number
  byteTo: number
  lines: number
  accepted: number
  rejected: number
  amount: number
}

export async function listChunks(sql: Queryable, fileId: number): Promise<Chunk[]> {
  return await sql<Chunk[]>`
    select chunk, byte_from, byte_to, lines, accepted, rejected, amount
    from card_file_chunk where file_id = ${fileId} order by chunk`
}

/** Violates card_file_chunk_pkey when another process has loaded the chunk meanwhile. */
export async function insertChunk(
  tx: Transaction,
  fileId: number,
  chunk: Chunk & { firstLine: number }
): Promise<void> {
  await tx`insert into card_file_chunk ${tx({ fileId, ...chunk })}`
}

/** Adds lines that were decided about after the chunk was written. */
export async function growChunk(
  tx: Transaction,
  fileId: number,
  { chunk, accepted, rejected, amount }: Pick<Chunk, 'chunk' | 'accepted' | 'rejected' | 'amount'>
): Promise<void> {
  await tx`
    update card_file_chunk
    set accepted = accepted + ${accepted}, rejected = rejected + ${rejected}, amount = amount + ${amount}
    where file_id = ${fileId} and chunk = ${chunk}`
}

/** What the rows themselves come to, as a second opinion on the chunks' figures. */
export async function sumRows(
  tx: Transaction,
  fileId: number
): Promise<{ accepted: number; rejected: number; amount: number }> {
  const [row] = await tx<{ accepted: number; rejected: number; amount: number }[]>`
    select count(*)::integer as accepted, coalesce(sum(amount), 0)::bigint as amount,
      (select count(*)::integer from card_reject where file_id = ${fileId}) as rejected
    from card_transaction where file_id = ${fileId}`
  return row!
}

/**
 * The first day from the present one on that is still open, held until we commit; made when nobody has. Nobody is waited for: a
 * close that begins now lets those finish who hold the day, and a day that is being closed is passed over.
 */
export async function holdOpenDay(tx: Transaction, now: Date): Promise<BusinessDay> {
  const today = clearingDayAt(now)
  for (;;) {
    const [open] = await tx<{ day: BusinessDay }[]>`
      select day from clearing_day where day >= ${today} and state = 'open' order by day limit 1 for key share`
    if (open) return open.day
    await tx`
      insert into clearing_day (day, opened_at)
      select coalesce(max(day) + 1, ${today}::date), ${now} from clearing_day where day >= ${today}
      having not coalesce(bool_or(state = 'open'), false)
      on conflict (day) do nothing`
  }
}

/** Either the clearing day or the id of the adjustment's run. */
export interface Acceptance {
  clearingDay: BusinessDay | null
  adjustment: number | null
  lineCount: number
  acceptedCount: number
  rejectedCount: number
  amount: number
  acceptedAt: Date
}

export async function markAccepted(tx: Transaction, fileId: number, acceptance: Acceptance): Promise<void> {
  await tx`update card_file set ${tx({ state: 'accepted', ...acceptance })} where id = ${fileId} and state = 'loading'`
}
