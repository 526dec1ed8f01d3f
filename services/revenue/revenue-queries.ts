// Reading ticket events in their order of commitment, the facts their money depends on, and writing batches of lines.
import type { BusinessDay } from '../../clearing/business-day.ts'
import type { Queryable, Transaction } from '../../clearing/database.ts'
import type { Fen } from '../../clearing/money.ts'
import type { RevenueLine } from './revenue-lines.ts'
import type { Split } from './revenue-rules.ts'

const reader = 'revenue'

export interface TicketMoneyEvent {
  unit: string
  id: number
  ticketNo: string
  event: string
  state: string
  at: Date
}

/** Events that move money, after the cursor, whose transactions are over; the cursor's row stays locked. */
export async function readMoneyEvents(
  tx: Transaction,
  batch: number
): Promise<{ events: TicketMoneyEvent[]; read: number; last: { unit: string; id: number } | null }> {
  await tx`insert into outbox_cursor (reader, unit, event) values (${reader}, '0', 0) on conflict do nothing`
  const [cursor] = await tx<{ unit: string; event: number }[]>`
    select unit, event from outbox_cursor where reader = ${reader} for update`
  const read = await tx<TicketMoneyEvent[]>`
    select unit, id, ticket_no, event, state, at from ticket_event
    where (unit, id) > (${cursor!.unit}::xid8, ${cursor!.event}) and unit < pg_snapshot_xmin(pg_current_snapshot())
    order by unit, id limit ${batch}`
  const moving = ({ event, state }: TicketMoneyEvent) =>
    ['issue', 'refund', 'void', 'change', 'claim'].includes(event) || state === 'USED'
  // Of one ticket the lower id happened first, whatever its transaction's number.
  const events = read.filter(moving).toSorted((a, b) => a.id - b.id)
  return { events, read: read.length, last: read.at(-1) ?? null }
}

export async function findClaimedAmounts(
  tx: Transaction,
  events: readonly number[]
): Promise<{ event: number; amount: Fen }[]> {
  return await tx`select event, amount from ticket_claim where event = any(${[...events]}::integer[])`
}

export async function moveCursor(tx: Transaction, { unit, id }: { unit: string; id: number }): Promise<void> {
  await tx`update outbox_cursor set unit = ${unit}::xid8, event = ${id} where reader = ${reader}`
}

export async function hasUnreadEvents(sql: Queryable): Promise<boolean> {
  const [row] = await sql<{ due: boolean }[]>`
    select exists (
      select from ticket_event
      where (unit, id) > (coalesce((select unit from outbox_cursor where reader = ${reader}), '0'),
          coalesce((select event from outbox_cursor where reader = ${reader}), 0))
        and unit < pg_snapshot_xmin(pg_current_snapshot())) as due`
  return row!.due
}

export interface SoldCoupon {
  ticketNo: string
  fare: Fen
  serviceFee: Fen
  channelCode: string
  carrierCode: string
  stationCode: string
  agentFeeRate: string
  commissionRate: string
  ticketCharge: Fen
  rideEndsAt: Date
}

/** The station is the counter that sold the ticket, else the one where the ride begins; its fee is the one of the day of sale. */
export async function findSoldCoupons(sql: Queryable, ticketNos: readonly string[]): Promise<SoldCoupon[]> {
  return await sql<SoldCoupon[]>`select * from sold_coupons(${[...ticketNos]}::text[])`
}

export interface EndedCoupon {
  ticketNo: string
  back: Fen
  fee: Fen
}

export async function findRefundedCoupons(sql: Queryable, ticketNos: readonly string[]): Promise<EndedCoupon[]> {
  return await sql<EndedCoupon[]>`
    select ticket_no, amount as back, fee from refund_item where ticket_no = any(${[...ticketNos]})`
}

/** What a changed ticket counted for: the new one's price less what was paid on top. */
export async function findChangedCoupons(sql: Queryable, ticketNos: readonly string[]): Promise<EndedCoupon[]> {
  return await sql<EndedCoupon[]>`
    select item.old_ticket as ticket_no, fresh.fare + fresh.service_fee - item.difference - item.fee as back, item.fee
    from ticket_change_item as item
    join coupon as fresh on fresh.order_id = item.order_id and fresh.position = item.position
    join coupon as old on old.ticket_no = item.old_ticket
    where item.old_ticket = any(${[...ticketNos]}) and old.state = 'CHANGED' and fresh.state not in ('HELD', 'RELEASED')`
}

export interface CouponRevenue extends Split {
  ticketNo: string
  channel: number
  carrier: number
  station: number
  state: 'UNEARNED' | 'EARNED' | 'ENDED'
  rideEndsAt: Date
}

const revenueColumns = (sql: Queryable) => sql`
  revenue.ticket_no, revenue.channel, revenue.carrier, revenue.station, revenue.fare, revenue.service_fee, revenue.agent_fee,
  revenue.commission, revenue.ticket_charge, revenue.state, revenue.ride_ends_at`

export async function lockCouponRevenues(tx: Transaction, ticketNos: readonly string[]): Promise<CouponRevenue[]> {
  return await tx<CouponRevenue[]>`
    select ${revenueColumns(tx)} from coupon_revenue as revenue
    where ticket_no = any(${[...ticketNos]}) order by ticket_no for update`
}

/** Coupons whose ride may be over, with the state the ticket is in. */
export async function lockDueRevenues(
  tx: Transaction,
  now: Date,
  batch: number
): Promise<(CouponRevenue & { couponState: string })[]> {
  return await tx<(CouponRevenue & { couponState: string })[]>`
    select ${revenueColumns(tx)}, coupon.state as coupon_state
    from coupon_revenue as revenue join coupon on coupon.ticket_no = revenue.ticket_no
    where revenue.state = 'UNEARNED' and due_at <= ${now}
    order by due_at, revenue.ticket_no limit ${batch} for update of revenue skip locked`
}

export async function hasDueRevenues(sql: Queryable, now: Date): Promise<boolean> {
  const [row] = await sql<{ due: boolean }[]>`
    select exists (select from coupon_revenue where state = 'UNEARNED' and due_at <= ${now}) as due`
  return row!.due
}

export async function postponeRevenues(tx: Transaction, ticketNos: readonly string[], until: Date): Promise<void> {
  await tx`update coupon_revenue set due_at = ${until} where ticket_no = any(${[...ticketNos]})`
}

/** New ones are added, those that are there get their state. */
export async function saveCouponRevenues(tx: Transaction, coupons: readonly CouponRevenue[]): Promise<void> {
  const rows = coupons.map((coupon) => snakeCased({ ...coupon, dueAt: coupon.rideEndsAt }))
  await tx`
    insert into coupon_revenue select * from jsonb_populate_recordset(null::coupon_revenue, ${tx.json(rows as never)})
    on conflict (ticket_no) do update set state = excluded.state`
}

export async function insertBatch(
  tx: Transaction,
  batch: { day: BusinessDay; lines: readonly RevenueLine[]; digest: Uint8Array; postedAt: Date }
): Promise<number> {
  const { day, lines, digest, postedAt } = batch
  const [row] = await tx<{ id: number }[]>`
    insert into revenue_batch (day, lines, digest, posted_at)
    values (${day}, ${lines.length}, ${digest}, ${postedAt}) returning id`
  const rows = lines.map((line, at) => snakeCased({ batch: row!.id, line: at + 1, ...line }))
  await tx`
    insert into revenue_line select * from jsonb_populate_recordset(null::revenue_line, ${tx.json(rows as never)})`
  return row!.id
}

function snakeCased(row: object): object {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [
      name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      value
    ])
  )
}
