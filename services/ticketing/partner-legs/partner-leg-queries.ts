// The rows of partner legs: every step of theirs is written here before and after the partner is asked, and moves only from the state
// it was decided in.
import type { Queryable, Transaction } from '../../../clearing/database.ts'
import type { Fen } from '../../../clearing/money.ts'
import type { LegRequest } from '../ticketing-schemas.ts'
import type { PartnerLeg, PartnerLegCause, PartnerLegState, PartnerOffer, Side } from './partner-leg-schemas.ts'

export interface PartnerLegRow {
  key: string
  orderId: string
  side: Side
  partner: string
  offer: PartnerOffer
  fares: Fen[]
  price: Fen
  state: PartnerLegState
  cause: PartnerLegCause | null
  seats: string[]
  tickets: string[]
  giveUpAt: Date | null
  asked: number
  doubts: number
  watched: number
  refund: string | null
  refundFee: Fen | null
  watchSeconds: number[]
}

const columns = (sql: Queryable) => sql`
    key, order_id, side, partner, offer, fares, price, state, cause, seats, tickets, give_up_at, asked, doubts, watched, refund, refund_fee,
    (select watch_seconds from partner where code = partner_leg.partner) as watch_seconds`

/** Times inside the offer arrive as text. */
function withTimes(row: PartnerLegRow): PartnerLegRow {
  const { departsAt, arrivesAt, ...offer } = row.offer
  return { ...row, offer: { ...offer, departsAt: new Date(departsAt), arrivesAt: new Date(arrivesAt) } }
}

export async function findPartnerLegs(sql: Queryable, orderIds: readonly string[]): Promise<PartnerLegRow[]> {
  const rows = await sql<PartnerLegRow[]>`
    select ${columns(sql)} from partner_leg where order_id = any (${[...orderIds]}) order by side desc`
  return rows.map(withTimes)
}

/** Of an order's own legs and those they were changed to, all that ever were the passenger's, the earlier first. */
export async function findJourneyLegs(sql: Queryable, orderId: string): Promise<PartnerLegRow[]> {
  const rows = await sql<PartnerLegRow[]>`
    select ${columns(sql)} from partner_leg
    where order_id = ${orderId} or order_id in (select order_id from partner_change where root = ${orderId})
      and (state in ('CONFIRMING', 'CONFIRMED', 'RETURNING') or cause in ('passenger', 'lost', 'changed'))
    order by side desc, (select min(id) from partner_leg_event where partner_leg_event.key = partner_leg.key)`
  return rows.map(withTimes)
}

/** The order whose tickets go with a changed leg. */
export async function findRootOrder(sql: Queryable, orderId: string): Promise<string> {
  const [row] = await sql<{ root: string }[]>`select root from partner_change where order_id = ${orderId}`
  return row?.root ?? orderId
}

/** The order of the leg that this change gave up; null when it is no change. */
export async function findChangedFrom(sql: Queryable, orderId: string): Promise<string | null> {
  const [row] = await sql<{ from: string }[]>`
    select old.order_id as from from partner_change join partner_leg as old on old.key = old_leg
    where partner_change.order_id = ${orderId}`
  return row?.from ?? null
}

/** Another leg of the journey was lost: its own money goes back whole, under its own key. */
export async function returnWhole(tx: Transaction, key: string): Promise<void> {
  await tx`update partner_leg set refund = ${key}, refund_fee = 0 where key = ${key} and refund is null`
}

export async function findPartnerLeg(sql: Queryable, key: string): Promise<PartnerLegRow | null> {
  const [row] = await sql<PartnerLegRow[]>`select ${columns(sql)} from partner_leg where key = ${key}`
  return row ? withTimes(row) : null
}

/** Of the journey this order is of, or was changed from, those that are still to be travelled. */
export async function findJourneyPartnerLegs(sql: Queryable, orderId: string): Promise<PartnerLegRow[]> {
  const rows = await sql<PartnerLegRow[]>`
    select ${columns(sql)} from partner_leg
    where state = 'CONFIRMED' and order_id in (
      with root as (select id from ticket_order where journey_number = journey_of(${orderId}))
      select id from root union all select order_id from partner_change where root in (select id from root))`
  return rows.map(withTimes)
}

/** What an order shows of them. */
export function shownLeg({ side, offer, price, fares, state, cause, seats, tickets }: PartnerLegRow): PartnerLeg {
  const { placesLeft: _, ...about } = offer
  return { side, offer: about, price, fares, state, cause, seats, tickets }
}

export interface NewPartnerLeg {
  key: string
  orderId: string
  side: Side
  partner: string
  offer: PartnerOffer
  fares: Fen[]
  price: Fen
}

/** Written before the partner is asked; what is there already stays. */
export async function addPartnerLegs(
  tx: Transaction,
  legs: readonly NewPartnerLeg[],
  { now, abandonedAt }: { now: Date; abandonedAt: Date }
): Promise<void> {
  for (const { key, orderId, side, partner, offer, fares, price } of legs) {
    await tx`
      insert into partner_leg (key, order_id, side, partner, offer, fares, price, state, due_at)
      values (${key}, ${orderId}, ${side}, ${partner}, ${tx.json(offer)}, ${fares}, ${price}, 'LOCKING', ${abandonedAt})
      on conflict do nothing`
    await tx`
      select note_partner_leg(key, ${now}, 'asked for its places') from partner_leg
      where key = ${key} and not exists (select from partner_leg_event where partner_leg_event.key = partner_leg.key)`
  }
}

interface Move {
  key: string
  from: readonly PartnerLegState[]
  to: PartnerLegState
  said: string
  cause?: PartnerLegCause | null
  seats?: string[]
  tickets?: string[]
  dueAt: Date | null
}

/** False when the leg was no longer in the state this was decided in; then nothing is changed. */
export async function moveLeg(tx: Transaction, move: Move, now: Date): Promise<boolean> {
  const { key, from, to, said, dueAt } = move
  const [cause, seats, tickets] = [move.cause ?? null, move.seats ?? null, move.tickets ?? null]
  const moved = await tx`
    update partner_leg set state = ${to}, cause = coalesce(${cause}, cause), seats = coalesce(${seats}::text[], seats),
      tickets = coalesce(${tickets}::text[], tickets), due_at = ${dueAt}, asked = 0, doubts = 0, watched = 0
    where key = ${key} and state = any (${[...from]}) returning key`
  if (moved.length === 0) return false
  await tx`select note_partner_leg(${key}, ${now}, ${said})`
  return true
}

/** Once of a kind for each booking. */
export async function claimAgainst(
  tx: Transaction,
  { key, kind, amount, said }: { key: string; kind: ClaimKind; amount: number; said: string },
  now: Date
): Promise<void> {
  await tx`
    insert into partner_claim (key, at, kind, amount, said) values (${key}, ${now}, ${kind}, ${amount}, ${said}) on conflict do nothing`
}

export type ClaimKind = 'price' | 'seat' | 'silent' | 'lost' | 'came-back' | 'fee' | 'not-cancelled'

export interface PartnerClaim {
  orderId: string
  partner: string
  number: string
  kind: ClaimKind
  amount: Fen
  said: string
  at: Date
}

export async function findClaims(sql: Queryable): Promise<PartnerClaim[]> {
  return await sql<PartnerClaim[]>`
    select order_id, partner, offer ->> 'number' as number, kind, amount, said, at
    from partner_claim join partner_leg on partner_leg.key = partner_claim.key order by at desc limit 500`
}

/** Takes the legs whose time has come, of one order or of all, and puts their next step further away: two workers do not ask twice. */
export async function claimDueLegs(
  tx: Transaction,
  { orderId, now }: { orderId: string; now: Date }
): Promise<PartnerLegRow[]> {
  const rows = await tx<PartnerLegRow[]>`
    update partner_leg set asked = asked + 1, due_at = ${now}::timestamptz + least(2 * 2 ^ least(asked, 8), 300) * interval '1 second'
    where key in (select key from partner_leg where order_id = ${orderId} and due_at <= ${now} for update skip locked)
    returning ${columns(tx)}`
  return rows.map(withTimes)
}

export async function findDueOrders(sql: Queryable, now: Date): Promise<string[]> {
  const rows = await sql<{ orderId: string }[]>`
    select order_id from partner_leg where due_at <= ${now}
    group by order_id
    -- Somebody who paid waits for these; the looks back at what is settled have time.
    order by bool_or(state in ('CONFIRMING', 'RETURNING', 'CANCELLING')) desc, min(due_at)
    limit 200`
  return rows.map(({ orderId }) => orderId)
}

/** The partner sent word, which is only a reason to ask. False when it knows no such key of ours. */
export async function hastenLeg(tx: Transaction, key: string, now: Date): Promise<string | null> {
  const [row] = await tx<{ orderId: string }[]>`
    update partner_leg set due_at = case when state in ('LOCKED', 'LOCKING') then due_at else ${now} end where key = ${key}
    returning order_id`
  return row?.orderId ?? null
}

export async function noteLook(
  tx: Transaction,
  { key, watched, doubts, dueAt }: { key: string; watched: number; doubts: number; dueAt: Date | null }
): Promise<void> {
  await tx`
    update partner_leg set watched = ${watched}, doubts = ${doubts}, due_at = ${dueAt}, asked = 0 where key = ${key}`
}

/** Locked on both sides: the order may wait for its buyer no longer than the partner does. */
export async function keepLocks(tx: Transaction, orderId: string, holdUntil: Date): Promise<void> {
  await tx`
    update ticket_order set hold_until = least(hold_until, ${holdUntil}) where id = ${orderId} and state = 'LOCKED'`
}

export type Conclusion = 'issued' | 'undone' | 'waiting' | null

export async function concludePartners(sql: Queryable, orderId: string, actor: string, now: Date): Promise<Conclusion> {
  const [row] = await sql<{ answer: Conclusion }[]>`select conclude_partners(${orderId}, ${now}, ${actor}) as answer`
  return row!.answer
}

/** How many more passengers the scarcest of these legs could take. */
export async function findRoom(sql: Queryable, legs: readonly LegRequest[], now: Date): Promise<number> {
  const [row] = await sql<{ room: number | null }[]>`
    select min(case when seat_map.occupied is null then pool.capacity - pool.taken
      else seats_left(departure.id, seat_map.occupied, board.position::integer, alight.position::integer, ${now}) end)::integer as room
    from jsonb_to_recordset(${sql.json(legs)}) as leg(departure integer, "from" text, "to" text)
    join departure on departure.id = leg.departure
    join place as origin on origin.code = leg."from"
    join place as destination on destination.code = leg."to"
    join line_stop as board on board.line = departure.line and board.place = origin.id
    join line_stop as alight on alight.line = departure.line and alight.place = destination.id
    left join seat_map on seat_map.departure = departure.id
    left join capacity_pool as pool on pool.departure = departure.id and pool.pool = 'passenger'`
  return row?.room ?? 0
}

/** Minutes one needs between the partner's place and ours; null where there is no way. */
export async function findPartnerWay(
  sql: Queryable,
  { partner, partnerPlace, place }: { partner: string; partnerPlace: string; place: string }
): Promise<number | null> {
  const [row] = await sql<{ minutes: number }[]>`
    select minutes from partner_way join place on place.id = partner_way.place
    where partner = ${partner} and partner_place = ${partnerPlace} and code = ${place}`
  return row?.minutes ?? null
}

export interface PartnerConnection {
  partner: string
  /** Where one gets on or off the partner's ride far from us. */
  far: string
  near: string
  /** Ours, near it. */
  place: string
  minutes: number
}

/** The partner places a traveller may mean by this name, with the ways from their partner's other places to ours. */
export async function findPartnerConnections(sql: Queryable, name: string): Promise<PartnerConnection[]> {
  return await sql<PartnerConnection[]>`
    select far.partner, far.code as far, way.partner_place as near, place.code as place, way.minutes
    from partner_place as far
    join partner_way as way on way.partner = far.partner and way.partner_place <> far.code
    join place on place.id = way.place
    where far.code = ${name} or far.city = rtrim(${name}, '市') or strpos(far.name, ${name}) > 0
    order by way.minutes`
}

export async function findPartnerPlaces(
  sql: Queryable
): Promise<{ partner: string; code: string; name: string; city: string }[]> {
  return await sql<{ partner: string; code: string; name: string; city: string }[]>`
    select partner, code, name, city from partner_place order by partner, code`
}

export interface NewPartners {
  partners: readonly { code: string; name: string; mode: string }[]
  places: readonly { partner: string; code: string; name: string; city: string }[]
  ways: readonly { partner: string; partnerPlace: string; place: string; minutes: number }[]
}

export async function layPartners(sql: Queryable, { partners, places, ways }: NewPartners): Promise<void> {
  // Each is a carrier of ticket revenue: sim-rail is SIMRAIL there.
  await sql`
    insert into carrier (code, name, sample)
    select upper(replace(code, '-', '')), name, true from jsonb_to_recordset(${sql.json(partners)}) as given(code text, name text)
    on conflict do nothing`
  await sql`
    insert into partner (code, name, mode, carrier, sample)
    select code, name, mode, upper(replace(code, '-', '')), true from jsonb_to_recordset(${sql.json(partners)}) as given(code text, name text, mode text)
    on conflict do nothing`
  await sql`
    insert into partner_place select partner, code, name, city
    from jsonb_to_recordset(${sql.json(places)}) as given(partner text, code text, name text, city text)
    on conflict do nothing`
  await sql`
    insert into partner_way select partner, "partnerPlace", place.id, minutes
    from jsonb_to_recordset(${sql.json(ways)}) as given(partner text, "partnerPlace" text, place text, minutes integer)
    join place on place.code = given.place
    on conflict do nothing`
}

/** All that a refund of a lost leg takes from: the order's tickets that were not used, with what was paid for them. */
export async function findUnusedTickets(
  tx: Transaction,
  orderId: string
): Promise<{ ticketNo: string; amount: Fen }[]> {
  return await tx<{ ticketNo: string; amount: Fen }[]>`
    select ticket_no, fare + service_fee as amount from coupon
    where order_id = ${orderId} and state in ('ISSUED', 'SUSPENDED', 'NO_SHOW') order by position`
}

/** A refund that has no ticket of ours in it, laid on the charges of the order. Known ids change nothing. */
export async function addPartnerRefund(
  tx: Transaction,
  refund: { id: string; orderId: string; reason: 'passenger' | 'carrier'; amount: Fen },
  now: Date
): Promise<void> {
  const { id, orderId, reason, amount } = refund
  const added = await tx`
    insert into refund (id, order_id, request_digest, reason, amount, state, asked_at, next_attempt_at)
    values (${id}, ${orderId}, sha256(${id}::text::bytea), ${reason}, ${amount}, 'PAYING', ${now}, ${now})
    on conflict do nothing returning id`
  if (added.length > 0) await tx`select lay_refund(${id})`
}

/** True when it is this leg's refund now; false when the leg is not confirmed, or being given back by another. */
export async function askReturn(
  tx: Transaction,
  { key, refund, fee, by }: { key: string; refund: string; fee: Fen; by: string },
  now: Date
): Promise<boolean> {
  const asked = await tx`
    update partner_leg set state = 'RETURNING', refund = ${refund}, refund_fee = ${fee}, refund_by = ${by}, due_at = ${now}, asked = 0, doubts = 0
    where key = ${key} and state = 'CONFIRMED' returning key`
  if (asked.length > 0) await tx`select note_partner_leg(${key}, ${now}, 'asked back by the passenger')`
  return asked.length > 0
}

export async function findReturn(sql: Queryable, refund: string): Promise<PartnerLegRow | null> {
  const [row] = await sql<PartnerLegRow[]>`select ${columns(sql)} from partner_leg where refund = ${refund}`
  return row ? withTimes(row) : null
}

/** The partner would not take it back: the ticket stands, and the refund may be asked for again under another id. */
export async function dropReturn(tx: Transaction, key: string, said: string, now: Date): Promise<void> {
  await tx`
    update partner_leg set state = 'CONFIRMED', refund = null, refund_fee = null, refund_by = null, due_at = null
    where key = ${key} and state = 'RETURNING'`
  await tx`select note_partner_leg(${key}, ${now}, ${said})`
}

/** Every change to an order's tickets waits here. */
export async function lockOrderState(tx: Transaction, orderId: string): Promise<string | null> {
  const [row] = await tx<{ state: string }[]>`select state from ticket_order where id = ${orderId} for update`
  return row?.state ?? null
}

export async function findOrderState(sql: Queryable, orderId: string): Promise<string | null> {
  const [row] = await sql<{ state: string }[]>`select state from ticket_order where id = ${orderId}`
  return row?.state ?? null
}
