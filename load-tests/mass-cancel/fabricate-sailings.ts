// Sold-out sailings across the strait tomorrow, as the platform itself would have sold them: orders of one to three passengers paid at the
// cashier, written in sets because selling 120,000 tickets is another load test's work.
import { transaction, type Database } from '../../clearing/database.ts'

/** Of seven orders: ten passengers. */
const parties = [1, 1, 2, 1, 3, 1, 1]
const accounts = 500

/** Returns the departures. */
export async function fabricateSailings(
  sql: Database,
  { sailings, perSailing }: { sailings: number; perSailing: number }
): Promise<number[]> {
  await transaction(sql, async (tx) => {
    await tx`
      insert into sign_in_account (id, name, role, password_digest, created_at)
      select md5('fog' || n)::uuid, 'fog-passenger-' || n, 'passenger', 'nobody signs in', now()
      from generate_series(1, ${accounts}::int) as n on conflict do nothing`
  })
  const departures: number[] = []
  for (let sailing = 0; sailing < sailings; sailing++) {
    departures.push(await fabricateSailing(sql, sailing, perSailing))
    if ((sailing + 1) % 50 === 0) console.log(`${sailing + 1} sailings sold`)
  }
  await sql`analyze coupon, ticket_order, charge, ticket_event, simulated_cashier_charge`
  return departures
}

async function fabricateSailing(sql: Database, sailing: number, passengers: number): Promise<number> {
  return await transaction(sql, async (tx) => {
    const [departure] = await tx<{ id: number }[]>`
      insert into departure (line, number, day, departs_at, places)
      select id, 'FOG-' || lpad(${sailing}::text, 4, '0'), current_date + 1,
        (current_date + 1)::timestamptz + interval '6 hours' + ${sailing}::int * interval '3 minutes', 999
      from line where code = 'SW01' returning id`
    const id = departure!.id
    await tx`
      insert into capacity_pool (departure, pool, capacity, taken) values (${id}, 'passenger', 999, ${passengers})`
    await tx`
      create temporary table fog on commit drop as
      with party as (
        select n, (${parties}::int[])[n % 7 + 1] as size from generate_series(0, ${passengers}::int) as n),
      placed as (
        select n, size, sum(size) over (order by n) - size as before from party)
      select md5('fog' || ${id}::text || '-' || n)::uuid as order_id, n, least(size, ${passengers}::int - before)::int as size
      from placed where before < ${passengers}::int`
    await tx`
      insert into ticket_order (id, request_digest, owner, departures, state, total, hold_until, placed_at, issued_at)
      select order_id, sha256(order_id::text::bytea), 'passenger:' || md5('fog' || (n % ${accounts}::int + 1))::uuid, array[${id}::int], 'ISSUED',
        size * 4150, now(), now(), now() from fog`
    await tx`
      insert into coupon (order_id, position, passenger, ticket_no, departure, stops, claims, state, fare_kind, fare, single_fare, service_fee,
        refund_policy, document_kind, document_digest, identity)
      select order_id, position, position, next_ticket_number('44080000200'), ${id}, int4range(0, 1), '{"passenger": 1}', 'ISSUED', 'full',
        4150, 4150, 0, (select refund_policy from sale_policy where mode = 'ferry' order by line nulls last, id desc limit 1), '01',
        sha256((order_id::text || position)::bytea), ''
      from fog, generate_series(0, size - 1) as position`
    await tx`
      insert into charge (key, order_id, gateway, amount, state, opened_at, pay_until, concluded_at, next_inquiry_at)
      select order_id || '.1', order_id, 'simulated-cashier', size * 4150, 'SUCCEEDED', now(), now(), now(), now() from fog`
    await tx`
      insert into simulated_cashier_charge (key, amount, pay_until, choice, answers_at)
      select order_id || '.1', size * 4150, now(), 'success', now() from fog`
    await tx`
      insert into ticket_event (ticket_no, event, state, at, actor)
      select ticket_no, 'issue', 'ISSUED', now(), 'load' from coupon where departure = ${id} order by ticket_no`
    return id
  })
}
