// Changes of partner legs in SQL: placed with their new leg, begun when nothing is due, and found again; who travels, and what the new ride
// has to meet.
import type { Queryable, Transaction } from '../../../../clearing/database.ts'
import type { Fen } from '../../../../clearing/money.ts'
import type { FareKind } from '../../fare-rules.ts'
import type { OrderState } from '../../ticketing-schemas.ts'
import type { Side } from '../partner-leg-schemas.ts'

export interface NewPartnerChange {
  id: string
  digest: string
  owner: string
  root: string
  oldLeg: string
  fee: Fen
  due: Fen
  placedAt: Date
  holdUntil: Date
}

export async function placeChange(tx: Transaction, change: NewPartnerChange): Promise<'placed' | 'known'> {
  const [row] = await tx<{ answer: 'placed' | 'known' }[]>`
    select place_partner_change(${tx.json(change as never)}) as answer`
  return row!.answer
}

export async function beginChange(sql: Queryable, id: string, now: Date): Promise<void> {
  await sql`select begin_partner_change(${id}, ${now})`
}

export interface ChangeRow {
  root: string
  owner: string
  state: OrderState
  due: Fen
  digest: Uint8Array
}

export async function findChange(sql: Queryable, id: string): Promise<ChangeRow | null> {
  const [row] = await sql<ChangeRow[]>`
    select root, owner, state, due, request_digest as digest
    from partner_change join ticket_order on ticket_order.id = partner_change.order_id where order_id = ${id}`
  return row ?? null
}

export interface Traveller {
  identity: Uint8Array
  orderId: string
  position: number
  fareKind: FareKind
}

/** By passenger, as the order was placed. */
export async function findTravellers(sql: Queryable, orderId: string): Promise<Traveller[]> {
  return await sql<Traveller[]>`
    select distinct on (passenger) identity, order_id, position, fare_kind from coupon
    where order_id = ${orderId} and fare_kind in ('full', 'half', 'free') order by passenger, leg, position`
}

/** Our ride that a partner's on this side has to meet, wherever it was changed to; null when none of it is left. */
export async function findOwnRide(
  sql: Queryable,
  orderId: string,
  side: Side
): Promise<{ departure: number; from: string; to: string } | null> {
  const rows = await sql<{ departure: number; from: string; to: string }[]>`
    select coupon.departure, origin.code as from, destination.code as to
    from journey_coupons((select journey_number from ticket_order where id = ${orderId})) as coupon
    join departure on departure.id = coupon.departure
    join line_stop as board on board.line = departure.line and board.position = lower(coupon.stops)
    join line_stop as alight on alight.line = departure.line and alight.position = upper(coupon.stops)
    join place as origin on origin.id = board.place
    join place as destination on destination.id = alight.place
    where coupon.state in ('ISSUED', 'CHECKED', 'SUSPENDED') order by coupon.leg`
  return (side === 'before' ? rows[0] : rows.at(-1)) ?? null
}
