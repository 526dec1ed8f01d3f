// The register in SQL: vehicles, vessels, crew, their papers and safety inspections.
import type { Queryable, Transaction } from '../../../clearing/database.ts'
import type { Mode } from '../../network/network-schemas.ts'
import { refuse } from '../../refusals.ts'
import type { PaperKind } from '../station-schemas.ts'
import type {
  Conveyance,
  ConveyanceEntry,
  CrewEntry,
  CrewMember,
  InspectionEntry,
  PaperEntry
} from './register-schemas.ts'

const papersOf = (sql: Queryable, owner: 'conveyance' | 'crew_member') => sql`
  coalesce((select json_agg(json_build_object('kind', kind, 'number', number, 'validTo', valid_to) order by kind)
    from (select distinct on (kind) kind, number, valid_to from paper
      where ${owner === 'conveyance' ? sql`paper.conveyance = conveyance.id` : sql`paper.crew_member = crew_member.id`}
      order by kind, valid_to desc, id desc) as latest), '[]') as papers`

export interface ConveyanceRow extends Conveyance {
  id: number
  carrierId: number
}

export async function findConveyances(
  sql: Queryable,
  { code = null, mode = null, carrier = null }: { code?: string | null; mode?: Mode | null; carrier?: number | null }
): Promise<ConveyanceRow[]> {
  const rows = await sql<ConveyanceRow[]>`
    select conveyance.id, conveyance.code, conveyance.mode, carrier.code as carrier, carrier.id as carrier_id, conveyance.places,
      withdrawn_at is not null as withdrawn, ${papersOf(sql, 'conveyance')},
      (select json_build_object('passed', passed, 'failedItems', failed_items, 'inspector', inspector, 'inspectedAt', inspected_at)
        from safety_inspection where safety_inspection.conveyance = conveyance.id order by inspected_at desc limit 1) as inspection
    from conveyance join carrier on carrier.id = conveyance.carrier
    where (${code}::text is null or conveyance.code = ${code}) and (${mode}::text is null or conveyance.mode = ${mode})
      and (${carrier}::integer is null or conveyance.carrier = ${carrier})
    order by conveyance.code limit 500`
  // What came inside JSON is text still.
  return rows.map(({ inspection, ...row }) => ({
    ...row,
    inspection: inspection && { ...inspection, inspectedAt: new Date(inspection.inspectedAt) }
  }))
}

/** Throws the refusal conveyance-not-found. */
export async function findConveyance(sql: Queryable, code: string): Promise<ConveyanceRow> {
  const [row] = await findConveyances(sql, { code })
  if (!row) throw refuse('conveyance-not-found', { code })
  return row
}

export interface CrewRow extends CrewMember {
  id: number
  carrierId: number
}

export async function findCrew(
  sql: Queryable,
  {
    codes = null,
    mode = null,
    carrier = null
  }: { codes?: string[] | null; mode?: Mode | null; carrier?: number | null }
): Promise<CrewRow[]> {
  return await sql<CrewRow[]>`
    select crew_member.id, crew_member.code, crew_member.name, crew_member.mode, carrier.code as carrier, carrier.id as carrier_id,
      withdrawn_at is not null as withdrawn, ${papersOf(sql, 'crew_member')}
    from crew_member join carrier on carrier.id = crew_member.carrier
    where (${codes}::text[] is null or crew_member.code = any (${codes})) and (${mode}::text is null or crew_member.mode = ${mode})
      and (${carrier}::integer is null or crew_member.carrier = ${carrier})
    order by crew_member.code limit 500`
}

/** What is there gets the new entry; its mode stays. Throws the refusal carrier-not-found. */
export async function enterConveyance(
  tx: Transaction,
  code: string,
  { mode, carrier, places, withdrawn = false }: ConveyanceEntry,
  { now, sample = false }: { now: Date; sample?: boolean }
): Promise<void> {
  const rows = await tx`
    insert into conveyance (code, mode, carrier, places, withdrawn_at, sample)
    select ${code}, ${mode}, id, ${places}, ${withdrawn ? now : null}::timestamptz, ${sample} from carrier where code = ${carrier}
    on conflict (code) do update set carrier = excluded.carrier, places = excluded.places, withdrawn_at = excluded.withdrawn_at
    returning id`
  if (rows.length === 0) throw refuse('carrier-not-found')
}

/** As enterConveyance. */
export async function enterCrewMember(
  tx: Transaction,
  code: string,
  { name, mode, carrier, withdrawn = false }: CrewEntry,
  { now, sample = false }: { now: Date; sample?: boolean }
): Promise<void> {
  const rows = await tx`
    insert into crew_member (code, name, mode, carrier, withdrawn_at, sample)
    select ${code}, ${name}, ${mode}, id, ${withdrawn ? now : null}::timestamptz, ${sample} from carrier where code = ${carrier}
    on conflict (code) do update set name = excluded.name, carrier = excluded.carrier, withdrawn_at = excluded.withdrawn_at
    returning id`
  if (rows.length === 0) throw refuse('carrier-not-found')
}

export interface NewPaper extends PaperEntry {
  owner: { conveyance: number } | { crewMember: number }
  kind: PaperKind
  actor: string
}

export async function enterPaper(tx: Transaction, paper: NewPaper, now: Date): Promise<void> {
  const owner = { conveyance: null, crewMember: null, ...paper.owner }
  await tx`
    insert into paper (conveyance, crew_member, kind, number, valid_to, registered_at, registered_by)
    select ${owner.conveyance}::integer, ${owner.crewMember}::integer, ${paper.kind}, ${paper.number}, ${paper.validTo}::date, ${now}, ${paper.actor}
    where not exists (
      select from paper where conveyance is not distinct from ${owner.conveyance} and crew_member is not distinct from ${owner.crewMember}
        and kind = ${paper.kind} and number = ${paper.number} and valid_to = ${paper.validTo}::date)`
}

/** False when the id was used before. */
export async function recordInspection(
  tx: Transaction,
  { id, conveyance, place, entry }: { id: string; conveyance: number; place: number; entry: InspectionEntry },
  now: Date
): Promise<boolean> {
  const rows = await tx`
    insert into safety_inspection (id, conveyance, place, passed, failed_items, inspector, inspected_at)
    values (${id}, ${conveyance}, ${place}, ${entry.failedItems.length === 0}, ${entry.failedItems}, ${entry.inspector.trim()}, ${now})
    on conflict (id) do nothing returning id`
  return rows.length > 0
}

export async function isSameInspection(
  sql: Queryable,
  { id, conveyance, entry }: { id: string; conveyance: number; entry: InspectionEntry }
): Promise<boolean> {
  const [row] = await sql<{ same: boolean }[]>`
    select exists (select from safety_inspection where id = ${id} and conveyance = ${conveyance}
      and failed_items = ${entry.failedItems}::text[] and inspector = ${entry.inspector.trim()}) as same`
  return row!.same
}
