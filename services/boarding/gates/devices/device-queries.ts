// Gate devices in SQL: the codes that let them in, their certificates, and what each was last seen to know.
import { violates, type Queryable, type Transaction } from '../../../../clearing/database.ts'
import { refuse } from '../../../refusals.ts'

export async function insertEnrolmentCode(
  tx: Transaction,
  code: { codeDigest: Uint8Array; gate: number; madeBy: string; madeAt: Date; expiresAt: Date }
): Promise<void> {
  await tx`insert into gate_enrolment_code ${tx({ ...code })}`
}

export interface EnrolmentCodeRow {
  gate: number
  madeBy: string
  expiresAt: Date
  device: string | null
}

/** Two devices with one code wait for each other here. */
export async function lockEnrolmentCode(tx: Transaction, codeDigest: Uint8Array): Promise<EnrolmentCodeRow | null> {
  const [row] = await tx<EnrolmentCodeRow[]>`
    select gate, made_by, expires_at, device from gate_enrolment_code where code_digest = ${codeDigest} for update`
  return row ?? null
}

export interface Device {
  id: string
  gate: number
  name: string
  publicKey: Uint8Array
  certificate: Uint8Array
  notAfter: Date
  enrolledAt: Date
  enrolledBy: string
  revokedAt: Date | null
}

/** Uses the code up. Throws the refusal device-key-enrolled. */
export async function insertDevice(
  tx: Transaction,
  device: Omit<Device, 'revokedAt'>,
  codeDigest: Uint8Array
): Promise<void> {
  try {
    await tx`insert into gate_device ${tx({ ...device })}`
  } catch (error) {
    if (violates(error, 'gate_device_key')) throw refuse('device-key-enrolled')
    throw error
  }
  await tx`update gate_enrolment_code set device = ${device.id} where code_digest = ${codeDigest}`
}

export async function findDevice(sql: Queryable, id: string): Promise<Device | null> {
  const [row] = await sql<Device[]>`
    select id, gate, name, public_key, certificate, not_after, enrolled_at, enrolled_by, revoked_at
    from gate_device where id = ${id}`
  return row ?? null
}

/** True when it was in force until now. */
export async function revokeDevice(
  tx: Transaction,
  { id, reason, actor }: { id: string; reason: string; actor: string },
  now: Date
): Promise<boolean> {
  const { count } = await tx`
    update gate_device set revoked_at = ${now}, revoked_by = ${actor}, revoked_reason = ${reason}
    where id = ${id} and revoked_at is null`
  return count === 1
}

/** The newest; null before the first enrolment. */
export async function findAuthority(sql: Queryable): Promise<Uint8Array | null> {
  const [row] = await sql<{ certificate: Uint8Array }[]>`
    select certificate from gate_authority order by version desc limit 1`
  return row?.certificate ?? null
}

/** The first one stays; returns the one that is there. */
export async function keepAuthority(tx: Transaction, certificate: Uint8Array, now: Date): Promise<Uint8Array> {
  await tx`
    insert into gate_authority (version, certificate, made_at) values (1, ${certificate}, ${now}) on conflict do nothing`
  return (await findAuthority(tx))!
}

/** False when the device has sent this nonce before. */
export async function takeGateNonce(
  sql: Queryable,
  nonce: { device: string; nonce: string; expiresAt: Date }
): Promise<boolean> {
  const { count } = await sql`insert into gate_nonce ${sql({ ...nonce })} on conflict do nothing`
  return count === 1
}

export async function hasExpiredNonces(sql: Queryable, now: Date): Promise<boolean> {
  const [row] = await sql<{ due: boolean }[]>`select exists (select from gate_nonce where expires_at <= ${now}) as due`
  return row!.due
}

export async function deleteExpiredNonces(sql: Queryable, now: Date): Promise<void> {
  await sql`delete from gate_nonce where expires_at <= ${now}`
}

/** Whom a sync or an upload came from; whatever is not given stays as it was. */
export async function notePresence(
  sql: Queryable,
  { gate, source }: { gate: number; source: string },
  seen: { clockOffsetMs?: number; listsVersion?: number },
  now: Date
): Promise<void> {
  const [offset, version] = [seen.clockOffsetMs ?? null, seen.listsVersion ?? null]
  await sql`
    insert into gate_presence (gate, source, seen_at, clock_offset_ms, lists_at, lists_version)
    values (${gate}, ${source}, ${now}, ${offset}, ${version === null ? null : now}, ${version})
    on conflict (gate, source) do update set seen_at = excluded.seen_at,
      clock_offset_ms = coalesce(excluded.clock_offset_ms, gate_presence.clock_offset_ms),
      lists_at = coalesce(excluded.lists_at, gate_presence.lists_at),
      lists_version = coalesce(excluded.lists_version, gate_presence.lists_version)`
}

export interface SourceRow {
  gate: number
  place: string
  placeName: string
  placeId: number
  number: number
  device: string | null
  name: string
  notAfter: Date | null
  revokedAt: Date | null
  revokedReason: string | null
  seenAt: Date | null
  clockOffsetMs: number | null
  listsAt: Date | null
  listsBehind: number | null
}

/** Every device, and every account that synced a gate page, of one place or of all. */
export async function findSources(sql: Queryable, place: string | null): Promise<SourceRow[]> {
  return await sql<SourceRow[]>`
    with source as (
      select gate, id::text as device, name, not_after, revoked_at, revoked_reason, 'gate:' || id as source from gate_device
      union all
      select presence.gate, null, presence.source, null, null, null, presence.source from gate_presence as presence
      where not exists (select from gate_device where presence.source = 'gate:' || gate_device.id))
    select source.gate, place.code as place, place.name as place_name, place.id as place_id, gate.number, source.device, source.name,
      source.not_after, source.revoked_at, source.revoked_reason, presence.seen_at, presence.clock_offset_ms, presence.lists_at,
      (select count(distinct event.ticket_no)::integer
        from ticket_event as event join coupon using (ticket_no)
        join departure on departure.id = coupon.departure
        join line_stop as board on board.line = departure.line and board.position = lower(coupon.stops)
        where event.unit >= presence.lists_version::bigint::text::xid8 and board.place = gate.place) as lists_behind
    from source
    join gate on gate.id = source.gate
    join place on place.id = gate.place
    left join gate_presence as presence using (gate, source)
    where ${place}::text is null or place.code = ${place}
    order by place.code, gate.number, source.name
    limit 2000`
}
