// The doors a journey's tickets were shown at.
import type { Queryable } from '../../../clearing/database.ts'
import type { Passage } from './passage-schemas.ts'

/** Of all legs of the order's journey, those that were changed and those they were changed to included, in order of time. */
export async function findPassagesOfOrder(sql: Queryable, order: string): Promise<Passage[]> {
  return await sql<Passage[]>`
    with ticket as (
      select ticket_no, leg from coupon where order_id = ${order}
      union
      select ticket_no, leg from journey_coupons(journey_of(${order})))
    select ticket.ticket_no, ticket.leg + 1 as leg, shown.passage, shown.checked_at as at, place.code as place,
      place.name as place_name, gate.number as gate, shown.means, shown.result, shown.code as refusal,
      shown.received_at is not null as offline, shown.conflict, shown.undone_at
    from ticket
    join boarding_check as shown on shown.ticket_no = ticket.ticket_no
    join gate on gate.id = shown.gate
    join place on place.id = gate.place
    order by shown.checked_at, shown.id`
}
