// What the desk reads: days, files, rejects, positions and what was published, each in one statement.
import type { BusinessDay } from '../../clearing/business-day.ts'
import type { Queryable } from '../../clearing/database.ts'
import type { Fen } from '../../clearing/money.ts'
import type { DayState } from '../../clearing/settlement/settlement-schemas.ts'

export async function findEarliestDay(sql: Queryable, state: DayState): Promise<BusinessDay | null> {
  const [row] = await sql<{ day: BusinessDay }[]>`
    select day from clearing_day where state = ${state} order by day limit 1`
  return row?.day ?? null
}

export interface DeskDay {
  day: BusinessDay
  state: DayState
  openedAt: Date
  closedAt: Date | null
  settledAt: Date | null
  publishedAt: Date | null
  files: number
  lines: number
  accepted: number
  rejected: number
  amount: Fen
}

/** The latest first; a figure of a day that is still open is what has been accepted so far. */
export async function listDeskDays(sql: Queryable, limit: number, day: BusinessDay | null = null): Promise<DeskDay[]> {
  return await sql<DeskDay[]>`
    select clearing_day.*, coalesce(files, 0) as files, coalesce(lines, 0) as lines, coalesce(accepted, 0) as accepted,
      coalesce(rejected, 0) as rejected, coalesce(sums.amount, 0)::bigint as amount
    from clearing_day left join lateral (
      select count(*)::integer as files, sum(line_count)::integer as lines, sum(accepted_count)::integer as accepted,
        sum(rejected_count)::integer as rejected, sum(amount)::bigint as amount
      from card_file where clearing_day = clearing_day.day
    ) as sums on true
    where ${day}::date is null or clearing_day.day = ${day}::date
    order by day desc limit ${limit}`
}

export interface DeskFile {
  id: number
  name: string
  format: string
  sender: string | null
  senderName: string | null
  size: number
  digest: string
  signatureState: 'absent' | 'valid' | 'invalid'
  state: 'loading' | 'accepted' | 'refused'
  code: string
  detail: string
  lines: number
  accepted: number
  rejected: number
  amount: Fen
  receivedAt: Date
  acceptedAt: Date | null
  clearingDay: BusinessDay | null
}

export interface FileFilter {
  id?: number
  day?: BusinessDay
  state?: DeskFile['state']
  /** Files with a smaller id, for the next page. */
  before?: number
  limit: number
}

export async function listDeskFiles(sql: Queryable, filter: FileFilter): Promise<DeskFile[]> {
  const { id = null, day = null, state = null, before = null, limit } = filter
  return await sql<DeskFile[]>`
    select file.id, file.name, file.format, sender.code as sender, sender.name as sender_name, file.size,
      upper(encode(file.digest, 'hex')) as digest, file.signature_state, file.state, file.code, file.detail,
      file.line_count as lines, file.accepted_count as accepted, file.rejected_count as rejected, file.amount,
      file.received_at, file.accepted_at, file.clearing_day
    from card_file as file left join participant as sender on sender.id = file.sender
    where (${id}::integer is null or file.id = ${id}) and (${day}::date is null or file.clearing_day = ${day})
      and (${state}::text is null or file.state = ${state}) and (${before}::integer is null or file.id < ${before})
    order by file.id desc limit ${limit}`
}

/** Accepted files of a day, or one file; by code, the most frequent first. */
export async function countRejectsByCode(
  sql: Queryable,
  { day = null, file = null }: { day?: BusinessDay | null; file?: number | null }
): Promise<{ code: string; count: number }[]> {
  return await sql<{ code: string; count: number }[]>`
    select reject.code, count(*)::integer as count
    from card_reject as reject join card_file as file on file.id = reject.file_id
    where (${day}::date is null or file.clearing_day = ${day}) and (${file}::integer is null or file.id = ${file})
    group by reject.code order by count desc, reject.code`
}

export interface RejectedLine {
  lineNumber: number
  byteOffset: number
  code: string
  detail: string
}

export async function listRejectedLines(
  sql: Queryable,
  { file, code, after, limit }: { file: number; code: string | null; after: number; limit: number }
): Promise<RejectedLine[]> {
  return await sql<RejectedLine[]>`
    select line_number, byte_offset, code, detail from card_reject
    where file_id = ${file} and line_number > ${after} and (${code}::text is null or code = ${code})
    order by line_number limit ${limit}`
}

export interface DeskPosition {
  participant: string
  name: string
  role: 'issuer' | 'acquirer' | 'clearing-centre'
  income: Fen
  expense: Fen
  net: Fen
}

export async function listDeskPositions(sql: Queryable, day: BusinessDay): Promise<DeskPosition[]> {
  return await sql<DeskPosition[]>`
    select participant.code as participant, participant.name, participant.role, income, expense, net
    from position join participant on participant.id = position.participant
    where day = ${day} order by net desc, participant.code`
}

export interface DeskTotal {
  acquirer: string
  acquirerName: string
  issuer: string
  issuerName: string
  service: number
  transactions: number
  entries: number
  amount: Fen
  price: Fen
  fee: string
}

export async function listDeskTotals(sql: Queryable, day: BusinessDay): Promise<DeskTotal[]> {
  return await sql<DeskTotal[]>`
    select acquirer.code as acquirer, acquirer.name as acquirer_name, issuer.code as issuer, issuer.name as issuer_name,
      total.service, total.transactions, total.entries, total.amount, total.price, trim_scale(total.fee)::text as fee
    from settlement_total as total
      join participant as acquirer on acquirer.id = total.acquirer
      join participant as issuer on issuer.id = total.issuer
    where total.day = ${day} order by total.amount desc, acquirer.code, issuer.code, total.service`
}

export interface DeskPublished {
  id: number
  day: BusinessDay
  participant: string
  participantName: string
  kind: string
  part: number
  name: string
  storedAs: string
  size: number
  lines: number
  digest: string
  signature: Uint8Array
  publishedAt: Date
}

export async function listDeskPublished(
  sql: Queryable,
  { day = null, id = null }: { day?: BusinessDay | null; id?: number | null }
): Promise<DeskPublished[]> {
  return await sql<DeskPublished[]>`
    select file.id, file.day, participant.code as participant, participant.name as participant_name, file.kind, file.part,
      file.name, file.stored_as, file.size, file.lines, upper(encode(file.digest, 'hex')) as digest, file.signature,
      file.published_at
    from published_file as file join participant on participant.id = file.participant
    where (${day}::date is null or file.day = ${day}) and (${id}::integer is null or file.id = ${id})
    order by participant.role, participant.code, file.kind, file.part`
}

export interface PostponedWork {
  work: string
  attempts: number
  reason: string
  nextAt: Date
}

export async function listPostponedWork(sql: Queryable): Promise<PostponedWork[]> {
  return await sql<PostponedWork[]>`select work, attempts, reason, next_at from postponed_work order by next_at`
}
