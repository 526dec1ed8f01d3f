// Scans that gates bring back, in SQL: their logs, the tickets they speak of under lock, and what they came to.
import type { Queryable, Transaction } from '../../../../clearing/database.ts'
import type { Fen } from '../../../../clearing/money.ts'
import { boardingTickets, type BoardingTicket } from '../../boarding-queries.ts'
import type { ConflictKind, ScanOutcome } from '../gate-schemas.ts'

export interface LogRow {
  gate: number
  acknowledged: number
}

/** Uploads of one log wait for each other here. */
export async function lockLog(
  tx: Transaction,
  { log, gate, source }: { log: string; gate: number; source: string },
  now: Date
): Promise<LogRow> {
  await tx`
    insert into gate_log (id, gate, source, begun_at) values (${log}, ${gate}, ${source}, ${now}) on conflict do nothing`
  const [row] = await tx<LogRow[]>`select gate, acknowledged from gate_log where id = ${log} for update`
  return row!
}

export interface KnownScan {
  check: number
  nonce: string
  result: 'OPEN' | 'REFUSED'
  /** Null when it was not a scan of a gate's own: we decided it. */
  outcome: ScanOutcome['outcome'] | null
  conflict: ConflictKind | null
}

/** What is known under these nonces of this gate, whichever log or message brought it. */
export async function findKnownScans(sql: Queryable, gate: number, nonces: string[]): Promise<KnownScan[]> {
  return await sql<KnownScan[]>`
    select distinct on (nonce) * from (
      select scan."check", scan.nonce, made.result, scan.outcome, scan.conflict
      from gate_scan as scan join gate_log as log on log.id = scan.log join boarding_check as made on made.id = scan."check"
      where log.gate = ${gate} and scan.nonce = any (${nonces}::uuid[])
      union all
      select id, nonce, result, null, null from boarding_check where gate = ${gate} and nonce = any (${nonces}::uuid[])) as known
    order by nonce, outcome nulls last`
}

/** Refunds, changes and other gates wait for us, or we for them: in the order of a refund (order, then position). */
export async function lockTickets(tx: Transaction, ticketNos: string[]): Promise<void> {
  await tx`
    select from coupon where ticket_no = any (${ticketNos}) order by order_id, position for update`
}

export interface ScannedTicketRow extends BoardingTicket {
  stateSince: Date | null
  reissues: { edition: number; at: string }[]
  fare: Fen
  refundAskedAt: Date | null
  refundAmount: Fen | null
  openedCheck: number | null
}

export async function findScannedTickets(sql: Queryable, ticketNos: string[]): Promise<ScannedTicketRow[]> {
  return await sql<ScannedTicketRow[]>`
    with ticket as (${boardingTickets(sql)} where coupon.ticket_no = any (${ticketNos}))
    select ticket.*, coupon.fare, opened.id as opened_check, refund.asked_at as refund_asked_at, item.amount as refund_amount,
      (select min(at) from ticket_event where ticket_event.ticket_no = ticket.ticket_no and ticket_event.state = ticket.state
        and event <> 'check-refused') as state_since,
      coalesce((select json_agg(json_build_object('edition', edition, 'at', reissued_at) order by edition)
        from credential_reissue where credential_reissue.ticket_no = ticket.ticket_no), '[]') as reissues
    from ticket
    join coupon on coupon.ticket_no = ticket.ticket_no
    left join refund_item as item on item.ticket_no = ticket.ticket_no
    left join refund on refund.id = item.refund
    left join boarding_check as opened on opened.ticket_no = ticket.ticket_no and opened.result = 'OPEN' and opened.undone_at is null
      and opened.conflict = '' and opened.passage in ('boarding', 'deck')`
}

export interface NewCheck {
  nonce: string
  ticketNo: string | null
  means: string
  result: string
  code: string
  passage: string
  checkedAt: Date
  /** '' when it counts as the use, or is a mere passage. */
  conflict: string
}

/** The ids by nonce. */
export async function insertScannedChecks(
  tx: Transaction,
  { gate, actor, receivedAt }: { gate: number; actor: string; receivedAt: Date },
  checks: readonly NewCheck[]
): Promise<Map<string, number>> {
  const rows = await tx<{ id: number; nonce: string }[]>`
    insert into boarding_check (gate, nonce, ticket_no, means, result, code, actor, checked_at, passage, received_at, conflict)
    select ${gate}, nonce, "ticketNo", means, result, code, ${actor}, "checkedAt", passage, ${receivedAt}, conflict
    from jsonb_to_recordset(${tx.json(checks as never)}) as scan (nonce uuid, "ticketNo" text, means text, result text, code text,
      passage text, "checkedAt" timestamptz, conflict text)
    returning id, nonce`
  return new Map(rows.map(({ id, nonce }) => [nonce, id]))
}

/** A scan that was earlier takes the place of the check on record, which becomes the double use. */
export async function supersedeChecks(tx: Transaction, checks: number[]): Promise<void> {
  await tx`update boarding_check set conflict = 'double-use' where id = any (${checks})`
}

/** Tickets used, and every scan of a known ticket in its history. */
export async function recordScannedTickets(
  tx: Transaction,
  { actor, gateName }: { actor: string; gateName: string },
  events: readonly { ticketNo: string; event: string; at: Date; detail: string; uses: boolean }[]
): Promise<void> {
  const used = events.filter(({ uses }) => uses).map(({ ticketNo }) => ticketNo)
  await tx`update coupon set state = 'CHECKED' where ticket_no = any (${used})`
  await tx`
    insert into ticket_event (ticket_no, event, state, at, actor, detail)
    select coupon.ticket_no, happened.event, coupon.state, happened.at, ${actor}, rtrim(${gateName} || ' ' || happened.detail)
    from jsonb_to_recordset(${tx.json(events)}) as happened ("ticketNo" text, event text, at timestamptz, detail text)
    join coupon on coupon.ticket_no = happened."ticketNo"`
}

export interface NewScan extends ScanOutcome {
  check: number
  /** As the gate wrote it. */
  claimedAt: string
  clockOffsetMs: number
  listsAgeSeconds: number
}

export async function insertScans(tx: Transaction, log: string, scans: readonly NewScan[]): Promise<void> {
  await tx`
    insert into gate_scan (log, sequence, nonce, "check", outcome, conflict, claimed_at, clock_offset_ms, lists_age_seconds)
    select ${log}, sequence, nonce, "check", outcome, conflict, "claimedAt", "clockOffsetMs", "listsAgeSeconds"
    from jsonb_to_recordset(${tx.json(scans as never)}) as scan (sequence integer, nonce uuid, "check" integer, outcome text,
      conflict text, "claimedAt" timestamptz, "clockOffsetMs" integer, "listsAgeSeconds" integer)
    on conflict do nothing`
}

/** Moves the mark up to the first gap, and names the gaps after it. */
export async function acknowledge(
  tx: Transaction,
  log: string
): Promise<{ acknowledged: number; missing: { from: number; to: number }[] }> {
  const [row] = await tx<{ acknowledged: number }[]>`
    update gate_log set acknowledged = coalesce((
      select max(sequence) from (
        select sequence, sequence - dense_rank() over (order by sequence) as before from gate_scan
        where log = ${log} and sequence > gate_log.acknowledged) as arrived
      where before = gate_log.acknowledged), acknowledged)
    where id = ${log}
    returning acknowledged`
  const acknowledged = row!.acknowledged
  const missing = await tx<{ from: number; to: number }[]>`
    select before + 1 as "from", sequence - 1 as "to" from (
      select sequence, lag(sequence, 1, ${acknowledged}::integer) over (order by sequence) as before from gate_scan
      where log = ${log} and sequence > ${acknowledged}) as arrived
    where sequence > before + 1
    order by sequence limit 100`
  return { acknowledged, missing }
}
