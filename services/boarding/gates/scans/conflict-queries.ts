// Conflicts in SQL: recorded with the scan that made them, listed for the station's desk, resolved once.
import type { Queryable, Transaction } from '../../../../clearing/database.ts'
import type { Fen } from '../../../../clearing/money.ts'
import type { ConflictRow, Resolution } from './conflict-schemas.ts'
import type { ConflictKind } from '../gate-schemas.ts'

export interface NewConflict {
  kind: ConflictKind
  check: number
  against: number | null
  ticketNo: string | null
  owed: Fen
}

export async function insertConflicts(
  tx: Transaction,
  gate: number,
  conflicts: readonly NewConflict[],
  now: Date
): Promise<void> {
  await tx`
    insert into gate_conflict (kind, "check", against, ticket_no, place, recorded_at, owed)
    select kind, "check", against, "ticketNo", (select place from gate where id = ${gate}), ${now}, owed
    from jsonb_to_recordset(${tx.json(conflicts as never)}) as conflict (kind text, "check" integer, against integer, "ticketNo" text,
      owed bigint)
    on conflict on constraint gate_conflict_once do nothing`
}

const conflicts = (sql: Queryable) => sql`
    select conflict.id, conflict.kind, conflict.ticket_no, place.code as place,
      case when conflict.proposed is not null then json_build_object('resolution', conflict.proposed, 'note', conflict.proposed_note,
        'at', conflict.proposed_at, 'by', conflict.proposed_by) end as proposed, gate.number as gate, found.checked_at as scanned_at,
      conflict.recorded_at, found.means, conflict.owed, coupon.state as ticket_state, conflict.resolution, conflict.note,
      conflict.resolved_at, conflict.resolved_by,
      case when other.id is not null then json_build_object('place', other_place.code, 'gate', other_gate.number,
        'scannedAt', other.checked_at) end as against
    from gate_conflict as conflict
    join boarding_check as found on found.id = conflict."check"
    join gate on gate.id = found.gate
    join place on place.id = conflict.place
    left join coupon on coupon.ticket_no = conflict.ticket_no
    left join boarding_check as other on other.id = conflict.against
    left join gate as other_gate on other_gate.id = other.gate
    left join place as other_place on other_place.id = other_gate.place`

export async function listConflicts(
  sql: Queryable,
  { place, open, before }: { place: string | null; open: boolean | null; before: number | null }
): Promise<ConflictRow[]> {
  return await sql<ConflictRow[]>`
    ${conflicts(sql)}
    where (${place}::text is null or place.code = ${place}) and (${open}::boolean is null or (conflict.resolution is null) = ${open})
      and (${before}::integer is null or conflict.id < ${before})
    order by conflict.id desc limit 200`
}

export async function findConflict(sql: Queryable, id: number): Promise<ConflictRow | null> {
  const [row] = await sql<ConflictRow[]>`${conflicts(sql)} where conflict.id = ${id}`
  return row ?? null
}

export async function lockConflict(tx: Transaction, id: number): Promise<void> {
  await tx`select from gate_conflict where id = ${id} for update`
}

export async function resolveConflict(
  tx: Transaction,
  { id, resolution, note, actor }: { id: number; resolution: Resolution; note: string | null; actor: string },
  now: Date
): Promise<void> {
  await tx`
    update gate_conflict set resolution = ${resolution}, note = ${note}, resolved_at = ${now}, resolved_by = ${actor}
    where id = ${id} and resolution is null`
}

/** Who finds what is owed not worth asking for says so; the latest proposal stands. */
export async function proposeResolution(
  tx: Transaction,
  { id, resolution, note, actor }: { id: number; resolution: Resolution; note: string | null; actor: string },
  now: Date
): Promise<void> {
  await tx`
    update gate_conflict set proposed = ${resolution}, proposed_note = ${note}, proposed_at = ${now}, proposed_by = ${actor}
    where id = ${id} and resolution is null`
}

export async function withdrawProposal(tx: Transaction, id: number): Promise<void> {
  await tx`
    update gate_conflict set proposed = null, proposed_note = null, proposed_at = null, proposed_by = null
    where id = ${id} and resolution is null`
}
