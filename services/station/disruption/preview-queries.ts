// What a command would touch, asked before it is given.
import type { Queryable } from '../../../clearing/database.ts'
import type { DisruptionPreview } from './disruption-schemas.ts'

type Touched = Pick<DisruptionPreview, 'tickets' | 'vehicles' | 'orders' | 'unpaid' | 'journeys' | 'money' | 'reach'>

export async function findTouchedBy(sql: Queryable, departures: readonly number[]): Promise<Touched> {
  const [row] = await sql<Touched[]>`
    with touched as materialized (
      select coupon.*, placed.owner, placed.state as order_state, paid_in_cash(order_id) as cash from coupon
      join ticket_order as placed on placed.id = coupon.order_id
      where coupon.departure = any (${[...departures]}) and coupon.live),
    tickets as (select * from touched where state in ('ISSUED', 'CHECKED', 'SUSPENDED')),
    holders as (
      select distinct order_id, owner, account.id is not null as account, account.phone is not null as phone from tickets
      left join sign_in_account as account on owner like 'passenger:%' and account.id::text = substr(owner, 11))
    select count(*)::integer as tickets, count(*) filter (where fare_kind in ('vehicle', 'truck'))::integer as vehicles,
      count(distinct order_id)::integer as orders,
      (select count(distinct order_id)::integer from touched where order_state = 'LOCKED') as unpaid,
      (select count(distinct journey_of(order_id))::integer from tickets) as journeys,
      json_build_object('amount', coalesce(sum(fare + service_fee), 0), 'byItself', coalesce(sum(fare + service_fee) filter (where not cash), 0),
        'atCounter', coalesce(sum(fare + service_fee) filter (where cash), 0)) as money,
      (select json_build_object('app', count(*) filter (where account), 'sms', count(*) filter (where phone),
        'channel', count(*) filter (where owner like 'channel:%'),
        'none', count(*) filter (where not account and owner not like 'channel:%')) from holders) as reach
    from tickets`
  return row!
}

export async function countTickets(sql: Queryable, departures: readonly number[]): Promise<Map<number, number>> {
  const rows = await sql<{ departure: number; tickets: number }[]>`
    select departure, count(*)::integer as tickets from coupon
    where departure = any (${[...departures]}) and live and state in ('ISSUED', 'CHECKED', 'SUSPENDED') group by departure`
  return new Map(rows.map(({ departure, tickets }) => [departure, tickets]))
}

/** Where a departure begins and ends. */
export async function findEnds(sql: Queryable, departure: number): Promise<{ from: string; to: string }> {
  const [row] = await sql<{ from: string; to: string }[]>`
    select (array_agg(place.code order by stop.position))[1] as "from", (array_agg(place.code order by stop.position desc))[1] as "to"
    from departure join line_stop as stop on stop.line = departure.line join place on place.id = stop.place where departure.id = ${departure}`
  return row!
}
