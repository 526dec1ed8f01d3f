// Letting somebody aboard in SQL: his order and both departures under lock, his place moved, his check recorded.
import type { BusinessDay } from '../../../clearing/business-day.ts'
import type { Queryable, Transaction } from '../../../clearing/database.ts'
import type { Admission } from './dispatch-schemas.ts'

export async function findAdmission(sql: Queryable, id: string): Promise<Admission | null> {
  const [row] = await sql<Admission[]>`
    select id, ticket_no, kind, from_departure, departure, seat_after as seat, admitted_at from admission where id = ${id}`
  return row ?? null
}

/** The order, then both departures: the order of locks of every unit of work. */
export async function lockForAdmission(
  tx: Transaction,
  { ticketNo, departure }: { ticketNo: string; departure: number }
): Promise<void> {
  await tx`select from ticket_order where id = (select order_id from coupon where ticket_no = ${ticketNo}) for update`
  await tx`select lock_departures(array_remove(array[${departure}, (select departure from coupon where ticket_no = ${ticketNo})], null))`
}

export interface AdmissibleTicket {
  departure: number
  line: number
  day: BusinessDay
  position: number
  state: string
  seat: number | null
}

export async function findAdmissible(tx: Transaction, ticketNo: string): Promise<AdmissibleTicket | null> {
  const [row] = await tx<AdmissibleTicket[]>`
    select departure.id as departure, departure.line, departure.day, lower(coupon.stops) as position, coupon.state, coupon.seat_number as seat
    from coupon join departure on departure.id = coupon.departure where ticket_no = ${ticketNo} and coupon.state <> 'HELD' for update of coupon`
  return row ?? null
}

/** The seat, 0 where seats have no number; null when there is no place left. */
export async function moveTicket(
  tx: Transaction,
  { ticketNo, departure, wished }: { ticketNo: string; departure: number; wished: number | null },
  now: Date
): Promise<number | null> {
  const [row] = await tx<{ seat: number | null }[]>`
    select move_ticket(${ticketNo}, ${departure}, 'ISSUED', ${wished}, ${now}) as seat`
  return row!.seat
}

export async function recordAdmission(
  tx: Transaction,
  admission: {
    id: string
    kind: Admission['kind']
    ticketNo: string
    from: AdmissibleTicket
    to: number
    seat: number | null
    actor: string
  },
  now: Date
): Promise<void> {
  const { id, kind, ticketNo, from, to, seat, actor } = admission
  await tx`
    insert into admission (id, ticket_no, kind, from_departure, departure, seat_before, seat_after, admitted_by, admitted_at)
    values (${id}, ${ticketNo}, ${kind}, ${from.departure}, ${to}, ${from.seat}, ${seat}, ${actor}, ${now})`
}

/** Where no gate is assigned the first one of the place stands in the history. */
export async function checkAdmitted(
  tx: Transaction,
  {
    id,
    ticketNo,
    place,
    gate,
    kind,
    actor
  }: { id: string; ticketNo: string; place: number; gate: number | null; kind: Admission['kind']; actor: string },
  now: Date
): Promise<void> {
  await tx`
    insert into boarding_check (gate, nonce, ticket_no, means, result, code, named, actor, checked_at)
    select id, ${id}, ${ticketNo}, 'document', 'OPEN', '', '{}', ${actor}, ${now} from gate
    where place = ${place} order by number is distinct from ${gate}::smallint, number limit 1`
  await tx`update coupon set state = 'CHECKED' where ticket_no = ${ticketNo}`
  await tx`
    insert into ticket_event (ticket_no, event, state, at, actor, detail)
    values (${ticketNo}, 'check-in', 'CHECKED', ${now}, ${actor}, ${kind === 'late' ? '补检' : '混检'})`
}
