// What partner legs have done with money that the ledger does not know yet.
import type { Queryable, Transaction } from '../../../clearing/database.ts'
import type { Fen } from '../../../clearing/money.ts'

export interface PartnerMoney {
  /** Names the leg in the lines, as a ticket number names a coupon. */
  key: string
  kind: 'issue' | 'use' | 'refund'
  at: Date
  channelCode: string
  carrierCode: string
  price: Fen
  /** What the passenger got back, and what his carrier kept of it. */
  back: Fen
  fee: Fen
  earned: boolean
}

/**
 * Sold with its order; ridden when its time is over; ended when its refund was made: the passenger's own, or that of a leg that was lost,
 * which pays all of them back whole.
 */
const due = (sql: Queryable) => sql`
    select leg.key, step.kind, step.at, channel.code as channel_code, partner.carrier as carrier_code, leg.price,
      leg.price - coalesce(leg.refund_fee, 0) as back, coalesce(leg.refund_fee, 0) as fee, leg.posted = 'use' as earned
    from partner_leg as leg
    join partner on partner.code = leg.partner
    join ticket_order as placed on placed.id = leg.order_id
    join channel on channel.code = case split_part(placed.owner, ':', 1)
      when 'channel' then split_part(placed.owner, ':', 2) when 'passenger' then 'WEB' else 'WINDOW' end
    left join lateral (
      select asked_at as at from refund
      where refund.order_id = leg.order_id and reason in ('passenger', 'carrier')
        and (refund.id = leg.refund or leg.refund is null and refund.id in (
          select key from partner_leg as lost where lost.order_id = leg.order_id and lost.cause = 'lost'))
      -- Given up for another ride of its partner: its worth went into that one.
      union all select issued_at from ticket_order as changed where leg.cause = 'changed' and changed.id = leg.refund) as ended on true
    cross join lateral (
      select case when leg.posted = 'no' then 'issue' when ended.at is not null then 'refund' else 'use' end as kind,
        case when leg.posted = 'no' then placed.issued_at when ended.at is not null then ended.at
          else (leg.offer ->> 'arrivesAt')::timestamptz end as at) as step`

export async function lockPartnerMoney(tx: Transaction, now: Date, batch: number): Promise<PartnerMoney[]> {
  return await tx<PartnerMoney[]>`
    ${due(tx)}
    where leg.posted in ('no', 'issue') and partner.carrier is not null and placed.issued_at is not null and step.at <= ${now}
      and (step.kind <> 'refund' or leg.state in ('CANCELLING', 'CANCELLED')) and (step.kind <> 'use' or leg.state = 'CONFIRMED')
    order by step.at limit ${batch} for update of leg skip locked`
}

export async function hasPartnerMoney(sql: Queryable, now: Date): Promise<boolean> {
  const rows = await sql`
    ${due(sql)}
    where leg.posted in ('no', 'issue') and partner.carrier is not null and placed.issued_at is not null and step.at <= ${now}
      and (step.kind <> 'refund' or leg.state in ('CANCELLING', 'CANCELLED')) and (step.kind <> 'use' or leg.state = 'CONFIRMED')
    limit 1`
  return rows.length > 0
}

export async function markPosted(
  tx: Transaction,
  keys: readonly string[],
  posted: 'issue' | 'use' | 'end'
): Promise<void> {
  if (keys.length > 0) await tx`update partner_leg set posted = ${posted} where key = any (${[...keys]})`
}
