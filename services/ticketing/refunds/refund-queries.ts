// What a refund depends on, and recording it.
import type { BusinessDay } from '../../../clearing/business-day.ts'
import { violates, type Queryable, type Transaction } from '../../../clearing/database.ts'
import type { Fen } from '../../../clearing/money.ts'
import type { RefundTable } from '../../fares/policy-schemas.ts'
import { refuse } from '../../refusals.ts'
import type { DepartureState } from '../../timetable/timetable-schemas.ts'
import type { Overrule } from '../changes/overrule-rules.ts'
import type { CouponState, RefundReason } from '../coupon-rules.ts'
import type { CouponKind } from '../fare-rules.ts'
import type { Contract } from '../ticketing-schemas.ts'
import { fillFreedBy } from '../waitlist/waitlist-queries.ts'
import type { Refund } from './refund-schemas.ts'

/** A ticket with everything its refund depends on. */
export interface RefundableTicket {
  ticketNo: string
  orderId: string
  position: number
  leg: number
  passenger: number
  /** Of a vehicle: its driver's coupon. */
  driver: number | null
  owner: string
  issuedAt: Date
  voidMinutes: number
  handedOver: boolean
  state: CouponState
  fareKind: CouponKind
  fare: Fen
  singleFare: Fen
  /** Sold as part of such a product; null when sold by itself. */
  productKind: 'through' | 'return' | null
  contract: Contract | null
  refundedValue: Fen | null
  /** Suspended because it cannot be reached from the leg before. */
  connectionBroken: boolean
  serviceFee: Fen
  changes: number
  changedRefundable: boolean
  changedVoidable: boolean
  /** Null, like the time, for an open leg. */
  departureState: DepartureState | null
  /** The carrier failed its passengers: late, or with another vehicle than it promised. */
  feesWaived: boolean
  departsAt: Date | null
  openUntil: BusinessDay | null
  freeChildrenPerAdult: number
  /** How many at full fare make a group. */
  groupFrom: number | null
  table: RefundTable
  /** Station fee and fuel surcharge inside the fare. */
  components: Fen
}

/** All coupons of the order that holds this ticket; the terms are those frozen at the sale. Empty when there is no such ticket. */
export async function findRefundables(sql: Queryable, ticketNo: string): Promise<RefundableTicket[]> {
  return await sql<RefundableTicket[]>`
    select coupon.ticket_no, coupon.order_id, coupon.position, coupon.leg, coupon.passenger,
      (select driver from vehicle where vehicle.order_id = coupon.order_id and vehicle.position = coupon.position) as driver, placed.owner, placed.issued_at, coupon.state, coupon.fare_kind, coupon.fare,
      coupon.single_fare, (frozen.terms -> 'groupFare' ->> 'from')::integer as group_from, product.kind as product_kind, connection_broken(coupon.ticket_no) as connection_broken,
      coalesce(placed.contract, (select contract from ticket_order where journey_number = journey_of(placed.id))) as contract, refunded.fee + refunded.amount as refunded_value, coupon.open_until,
      coupon.service_fee, coupon.changes, (frozen.terms -> 'change' ->> 'changedRefundable')::boolean as changed_refundable,
      (frozen.terms -> 'change' ->> 'changedVoidable')::boolean as changed_voidable, departure.state as departure_state, coalesce(departure.fees_waived, false) as fees_waived,
      departure.departs_at + board.minutes * interval '1 minute' as departs_at, (frozen.terms ->> 'voidMinutes')::integer
      as void_minutes,
      exists (select from counter_movement as counted join charge on charge.key = counted.key
        where charge.order_id = coupon.order_id) as handed_over, (frozen.terms ->> 'freeChildrenPerAdult')::integer as free_children_per_adult,
      frozen.terms -> 'refund' as table,
      (frozen.terms ->> 'stationFee')::bigint + (frozen.terms ->> 'fuelSurcharge')::bigint as components
    from coupon as asked
    join coupon on coupon.order_id = asked.order_id
    join ticket_order as placed on placed.id = coupon.order_id
    left join through_product as product on product.id = placed.product
    left join refund_item as refunded on refunded.ticket_no = coupon.ticket_no
    left join departure on departure.id = coupon.departure
    join line_stop as board on board.line = coalesce(departure.line, coupon.open_line) and board.position = lower(coupon.stops)
    join refund_policy as frozen on frozen.id = coupon.refund_policy
    where asked.ticket_no = ${ticketNo}
    order by coupon.position`
}

/** Every change to an order's tickets waits here for its turn; a gate that is checking one of them waits for us, or we for it. */
export async function lockOrder(tx: Transaction, id: string): Promise<void> {
  await tx`select from ticket_order where id = ${id} for update`
  await tx`select from coupon where order_id = ${id} order by position for update`
}

export interface NewRefund {
  id: string
  orderId: string
  digest: Uint8Array
  reason: RefundReason
  /** Given when the reason is an overrule. */
  overrule: Overrule | null
  amount: Fen
  items: { ticketNo: string; fee: Fen; amount: Fen }[]
  actor: string
  askedAt: Date
}

/** Records the refund, frees the places and says so in each ticket's history. Throws the refusals already-refunded and refund-id-reused. */
export async function recordRefund(tx: Transaction, refund: NewRefund): Promise<void> {
  const { id, orderId, digest, reason, overrule, amount, items, actor, askedAt } = refund
  const tickets = items.map((item) => item.ticketNo)
  const { event, state } =
    reason === 'void' ? { event: 'void', state: 'VOIDED' } : { event: 'refund', state: 'REFUNDING' }
  try {
    await tx`
      insert into refund (id, order_id, request_digest, reason, overrule, overrule_note, amount, state, asked_at, next_attempt_at)
      values (${id}, ${orderId}, ${digest}, ${reason}, ${overrule?.code ?? null}, ${overrule?.note.trim() ?? null}, ${amount},
        'PAYING', ${askedAt}, ${askedAt})`
    const rows = items.map((item) => ({ refund: id, ...item }))
    await tx`insert into refund_item ${tx(rows, 'refund', 'ticketNo', 'fee', 'amount')}`
  } catch (error) {
    if (violates(error, 'refund_item_once')) throw refuse('already-refunded')
    if (violates(error, 'refund_pkey')) throw refuse('refund-id-reused')
    if (violates(error, 'red_letter_first')) throw refuse('red-letter-first')
    throw error
  }
  await tx`select free_places(${orderId}, ${tickets}, ${state})`
  await tx`
    insert into ticket_event (ticket_no, event, state, at, actor, detail)
    select ticket_no, ${event}, ${state}, ${askedAt}, ${actor}, ${overrule ? `${overrule.code} ${overrule.note.trim()}` : ''} from unnest(${tickets}::text[]) as ticket_no`
  await tx`
    update ticket_order
    set state = case when exists (select from coupon where order_id = ${orderId} and live) then 'PART_REFUNDED' else 'REFUNDED' end
    where id = ${orderId}`
  await tx`select lay_refund(${id})`
  await fillFreedBy(tx, orderId, askedAt)
}

export interface KnownRefund extends Refund {
  requestDigest: Uint8Array
  owner: string
}

export async function findRefund(sql: Queryable, id: string): Promise<KnownRefund | null> {
  const [row] = await sql<KnownRefund[]>`
    select refund.id, refund.order_id, refund.reason, refund.amount, refund.state, refund.asked_at, refund.paid_at,
      refund.request_digest, placed.owner,
      coalesce((select json_agg(json_build_object('ticketNo', ticket_no, 'fee', fee, 'amount', amount) order by ticket_no)
        from refund_item where refund_item.refund = refund.id), '[]') as tickets
    from refund join ticket_order as placed on placed.id = refund.order_id
    where refund.id = ${id}`
  return row ?? null
}
