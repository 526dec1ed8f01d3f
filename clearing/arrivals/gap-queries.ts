// SQL of gaps that were asked for, and of the messages that tell a participant what it is asked for.
import type { BusinessDay } from '../business-day.ts'
import type { Queryable, Transaction } from '../database.ts'

export interface GapChase {
  /** Of the acquirer. */
  code: string
  kind: 'numbers' | 'counters'
  detail: string
}

/** Settled in the last week, and not looked over yet. */
export async function listDaysToLookOver(sql: Queryable): Promise<BusinessDay[]> {
  const rows = await sql<{ day: BusinessDay }[]>`
    select day from clearing_day
    where settled_at is not null and not exists (select from gap_look where gap_look.day = clearing_day.day)
    order by day desc limit 7`
  return rows.map((row) => row.day)
}

export async function markLooked(tx: Transaction, day: BusinessDay, now: Date): Promise<void> {
  await tx`insert into gap_look (day, looked_at) values (${day}, ${now}) on conflict do nothing`
}

export async function insertGapChases(
  tx: Transaction,
  day: BusinessDay,
  chases: readonly GapChase[],
  now: Date
): Promise<void> {
  await tx`
    insert into gap_chase (day, participant, kind, detail, chased_at)
    select ${day}, participant.id, gap.kind, gap.detail, ${now}
    from unnest(${chases.map((each) => each.code)}::text[], ${chases.map((each) => each.kind)}::text[],
        ${chases.map((each) => each.detail)}::text[]) as gap (code, kind, detail)
      join participant on participant.code = gap.code
    on conflict do nothing`
}

export async function saveContact(
  tx: Transaction,
  { participant, means, address }: { participant: number; means: 'app' | 'sms' | 'voice'; address: string }
): Promise<void> {
  await tx`
    insert into participant_contact (participant, means, address) values (${participant}, ${means}, ${address})
    on conflict (participant, means) do update set address = excluded.address`
}

/** Writes down a message for every chase of the last week and every contact that has none yet. */
export async function writeMessages(tx: Transaction, now: Date): Promise<void> {
  await tx`
    insert into chase_message (day, participant, kind, means)
    select asked.day, asked.participant, asked.kind, contact.means
    from (select day, participant, 'missing' as kind, chased_at from chase
        union all select day, participant, kind, chased_at from gap_chase) as asked
      join participant_contact as contact on contact.participant = asked.participant
    where asked.chased_at > ${now}::timestamptz - interval '7 days'
    on conflict on constraint chase_message_once do nothing`
}

export interface ChaseMessage {
  id: string
  day: BusinessDay
  kind: 'missing' | 'numbers' | 'counters'
  means: 'app' | 'sms' | 'voice'
  address: string
  name: string
  /** Of a gap. */
  detail: string | null
}

/** Not delivered, and not tried within the last minute. */
export async function listUntold(sql: Queryable, before: Date): Promise<ChaseMessage[]> {
  return await sql<ChaseMessage[]>`
    select message.id, message.day, message.kind, message.means, contact.address, participant.name, gap.detail
    from chase_message as message
      join participant_contact as contact on contact.participant = message.participant and contact.means = message.means
      join participant on participant.id = message.participant
      left join gap_chase as gap on gap.day = message.day and gap.participant = message.participant and gap.kind = message.kind
    where message.outcome is null and (message.tried_at is null or message.tried_at < ${before})
    order by message.day, message.id limit 500`
}

/** A chase without a message, or a message that waits. */
export async function hasUntold(sql: Queryable, now: Date, before: Date): Promise<boolean> {
  const rows = await sql`
    select from chase_message where outcome is null and (tried_at is null or tried_at < ${before})
    union all
    select from (select day, participant, 'missing' as kind, chased_at from chase
        union all select day, participant, kind, chased_at from gap_chase) as asked
      join participant_contact as contact on contact.participant = asked.participant
    where asked.chased_at > ${now}::timestamptz - interval '7 days' and not exists (
      select from chase_message as message where message.day = asked.day and message.participant = asked.participant
        and message.kind = asked.kind and message.means = contact.means)
    limit 1`
  return rows.length > 0
}

export async function markTold(
  tx: Transaction,
  outcomes: readonly { id: string; outcome: 'delivered' | 'refused' | null }[],
  now: Date
): Promise<void> {
  await tx`
    update chase_message as message set outcome = told.outcome, tried_at = ${now}
    from unnest(${outcomes.map((each) => each.id)}::uuid[], ${outcomes.map((each) => each.outcome)}::text[]) as told (id, outcome)
    where message.id = told.id`
}
