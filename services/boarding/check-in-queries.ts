// What the checks of a moment need to know, for all of them at once, and recording them together.
import { hex } from '../../card-crypto/bytes.ts'
import type { Queryable } from '../../clearing/database.ts'
import { boardingTickets, type BoardingTicket, type CheckRow, type GateRow } from './boarding-queries.ts'
import type { PassageKind } from './passages/passage-rules.ts'

export interface Door extends GateRow {
  /** The kinds of doors its place has. */
  placeDoors: PassageKind[]
}

export async function findDoors(sql: Queryable, gates: number[]): Promise<Door[]> {
  return await sql<Door[]>`
    select gate.id, gate.number, gate.passage, place.id as place_id, place.code as place, place.name as place_name,
      array(select distinct passage from gate as other where other.place = gate.place) as place_doors
    from gate join place on place.id = gate.place where gate.id = any (${gates})`
}

export async function findBoardingTickets(sql: Queryable, ticketNos: string[]): Promise<BoardingTicket[]> {
  return await sql<BoardingTicket[]>`${boardingTickets(sql)} where coupon.ticket_no = any (${ticketNos})`
}

/** What these documents travel with around a time, those not yet checked first. */
export async function findTicketsOfDocuments(
  sql: Queryable,
  digests: Uint8Array[],
  now: Date
): Promise<BoardingTicket[]> {
  return await sql<BoardingTicket[]>`
    ${boardingTickets(sql)}
    where coupon.document_digest = any (array(select decode(digest, 'hex') from unnest(${digests.map(hex)}::text[]) as digest))
      and coupon.live and coupon.state <> 'HELD'
      and departure.departs_at between ${now}::timestamptz - interval '2 days' and ${now}::timestamptz + interval '2 days'
    order by coupon.state = 'ISSUED' desc, boards.at`
}

export async function findChecksByNonces(
  sql: Queryable,
  asked: readonly { gate: number; nonce: string }[]
): Promise<CheckRow[]> {
  return await sql<CheckRow[]>`
    select known.* from unnest(${asked.map(({ gate }) => gate)}::integer[], ${asked.map(({ nonce }) => nonce)}::uuid[]) as asked (gate, nonce)
    -- By its key, however few checks there were when the planner last looked.
    cross join lateral (
      select * from boarding_check where boarding_check.gate = asked.gate and boarding_check.nonce = asked.nonce offset 0) as known`
}

/** The static parts we signed for these tickets. */
export async function findSignedBodies(sql: Queryable, ticketNos: string[]): Promise<Uint8Array[]> {
  const rows = await sql<{ body: Uint8Array }[]>`select body from credential where ticket_no = any (${ticketNos})`
  return rows.map(({ body }) => body)
}

/** Which of these tickets have passed which doors, as 'ticketNo passage'. */
export async function findPassages(sql: Queryable, ticketNos: string[]): Promise<Set<string>> {
  const rows = await sql<{ passed: string }[]>`
    select distinct ticket_no || ' ' || passage as passed from boarding_check
    where ticket_no = any (${ticketNos}) and result = 'OPEN' and undone_at is null`
  return new Set(rows.map(({ passed }) => passed))
}

/** A check as it was decided, with what of the ticket it was decided by. */
export interface ProposedCheck extends Omit<CheckRow, 'id' | 'undoneAt' | 'checkedAt' | 'conflict'> {
  index: number
  state: string | null
  edition: number
  at: Date
  passage: PassageKind
  uses: boolean
  /** For the history. */
  detail: string
}

/**
 * A unit of work by itself (migration 0098). 'made' with its id; 'known' when the nonce came before; 'changed' when the ticket is not as it
 * was when this was decided. Each ticket and each nonce once.
 */
export async function recordChecks(
  sql: Queryable,
  checks: readonly ProposedCheck[]
): Promise<{ index: number; id: number | null; fate: 'made' | 'known' | 'changed' }[]> {
  return await sql`select index, id, fate from record_checks(${sql.json(checks as never)})`
}
