// Bays, check-in and dispatch in SQL: whoever was checked is used, whoever was not has missed his departure.
import type { Queryable, Transaction } from '../../../clearing/database.ts'
import { refuse } from '../../refusals.ts'
import type { StationDeparture } from '../station-departure-queries.ts'
import type { CountsByClass } from '../station-schemas.ts'
import type { BayRequest, Dispatch } from './dispatch-schemas.ts'

type At = Pick<StationDeparture, 'departure' | 'position'>

/** Throws the refusals gate-not-found and bay-taken: two departures do not leave one bay within ten minutes. */
export async function assignBay(tx: Transaction, at: StationDeparture, { gate, bay }: BayRequest): Promise<void> {
  if (gate !== null) {
    const found = await tx`select from gate where place = ${at.placeId} and number = ${gate}`
    if (found.length === 0) throw refuse('gate-not-found')
  }
  const [other] =
    bay === null
      ? []
      : await tx<{ number: string }[]>`
    select departure.number from departure_loading as loading
    join departure on departure.id = loading.departure
    join line_stop as stop on stop.line = departure.line and stop.position = loading.position
    where stop.place = ${at.placeId} and loading.bay = ${bay} and departure.id <> ${at.departure}
      and loading.departs_at between ${at.departsAt}::timestamptz - interval '10 minutes' and ${at.departsAt}::timestamptz + interval '10 minutes'
      and loading.state <> 'DISPATCHED' and departure.state not in ('DISPATCHED', 'CANCELLED', 'MERGED', 'MISSED', 'ARRIVED')
    limit 1`
  if (other) throw refuse('bay-taken', { number: other.number })
  const state = ['ON_SALE', 'SALE_STOPPED', 'REPORTED', 'CHECKING', 'DISPATCHED', 'DELAYED', 'CANCELLED'].includes(
    at.here
  )
    ? at.here
    : 'ON_SALE'
  await tx`
    insert into departure_loading (departure, position, departs_at, gate, bay, state)
    values (${at.departure}, ${at.position}, ${at.departsAt}, ${gate}, ${bay}, ${state})
    on conflict (departure, position) do update set gate = excluded.gate, bay = excluded.bay`
}

export interface DispatchRow extends Dispatch {
  position: number
  manifest: Uint8Array
}

export async function findDispatch(sql: Queryable, { departure, position }: At): Promise<DispatchRow | null> {
  const [row] = await sql<DispatchRow[]>`
    select dispatch.departure, dispatch.position, place.code as place, dispatched_at, counts, missed, manifest,
      encode(digest, 'hex') as digest, encode(signature, 'hex') as signature
    from dispatch
    join departure on departure.id = dispatch.departure
    join line_stop as stop on stop.line = departure.line and stop.position = dispatch.position
    join place on place.id = stop.place
    where dispatch.departure = ${departure} and dispatch.position = ${position}`
  return row ?? null
}

export interface AboardRow {
  ticketNo: string
  orderId: string
  position: number
  seat: number | null
  fareKind: keyof CountsByClass
  fromName: string
  toName: string
  identity: Uint8Array
  plate: string | null
  /** Came aboard here, not at a stop before. */
  here: boolean
}

/** Everybody who is on board when the departure leaves this stop; their rows stay locked. */
export async function lockAboard(tx: Transaction, { departure, position }: At): Promise<AboardRow[]> {
  return await tx<AboardRow[]>`
    select coupon.ticket_no, coupon.order_id, coupon.position, coupon.seat_number as seat, coupon.fare_kind, origin.name as from_name,
      destination.name as to_name, coupon.identity, vehicle.plate, lower(coupon.stops) = ${position} as here
    from coupon
    join departure on departure.id = coupon.departure
    join line_stop as board on board.line = departure.line and board.position = lower(coupon.stops)
    join line_stop as alight on alight.line = departure.line and alight.position = upper(coupon.stops)
    join place as origin on origin.id = board.place
    join place as destination on destination.id = alight.place
    left join vehicle on vehicle.order_id = coupon.order_id and vehicle.position = coupon.position
    where coupon.departure = ${departure} and coupon.live and coupon.stops @> ${position}::integer
      and ((lower(coupon.stops) = ${position} and coupon.state = 'CHECKED') or (lower(coupon.stops) < ${position} and coupon.state = 'USED'))
    order by coupon.seat_number nulls last, coupon.ticket_no
    for update of coupon`
}

/** Checked tickets are used, the others of this stop have missed it: both with their event, from which the money follows. */
export async function useTickets(
  tx: Transaction,
  { departure, position }: At,
  actor: string,
  now: Date
): Promise<number> {
  const [row] = await tx<{ missed: number }[]>`
    with left_here as (
      update coupon set state = case state when 'CHECKED' then 'USED' else 'NO_SHOW' end
      where departure = ${departure} and live and lower(stops) = ${position} and state in ('CHECKED', 'ISSUED')
      returning ticket_no, state),
    told as (
      insert into ticket_event (ticket_no, event, state, at, actor)
      select ticket_no, case state when 'USED' then 'dispatch' else 'no-show' end, state, ${now}, ${actor} from left_here order by ticket_no)
    select count(*) filter (where state = 'NO_SHOW')::integer as missed from left_here`
  return row!.missed
}

export interface NewDispatch extends At {
  at: Date
  actor: string
  counts: CountsByClass
  missed: number
  manifest: Uint8Array
  digest: Uint8Array
  signature: Uint8Array
}

export async function recordDispatch(tx: Transaction, dispatch: NewDispatch): Promise<void> {
  const { departure, position, at, actor, counts, missed, manifest, digest, signature } = dispatch
  await tx`
    insert into dispatch (departure, position, dispatched_at, dispatched_by, counts, missed, manifest, digest, signature)
    values (${departure}, ${position}, ${at}, ${actor}, ${tx.json(counts)}, ${missed}, ${manifest}, ${digest}, ${signature})`
  // The whole departure has left when its last loading station has.
  await tx`
    update departure set state = 'DISPATCHED'
    where id = ${departure} and not exists (
      select from departure_loading where departure = ${departure} and state not in ('DISPATCHED', 'CANCELLED'))`
}

export async function recordManifestReading(
  tx: Transaction,
  { departure, position }: At,
  actor: string,
  now: Date
): Promise<void> {
  await tx`insert into manifest_reading (departure, position, actor, at) values (${departure}, ${position}, ${actor}, ${now})`
}
