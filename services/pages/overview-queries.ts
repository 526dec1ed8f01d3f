// The figures of the landing page in one statement: sums and counts only, nothing of any person.
import { shanghaiInstant, type BusinessDay } from '../../clearing/business-day.ts'
import type { Queryable } from '../../clearing/database.ts'
import type { Overview } from './overview-schemas.ts'

export async function findOverview(sql: Queryable, today: BusinessDay, now: Date): Promise<Omit<Overview, 'sample'>> {
  const [row] = await sql<Omit<Overview, 'sample'>[]>`
    select
      (select count(*)::integer from place where kind = 'station') as stations,
      (select count(*)::integer from place where kind = 'port') as ports,
      (select count(*)::integer from line) as lines,
      (select count(*)::integer from departure where day = ${today} and state <> 'CANCELLED') as departures_today,
      (select count(*)::integer from departure where day = ${today} and state <> 'CANCELLED' and departs_at > ${now}) as departures_ahead,
      (select count(*)::integer from ticket_order join coupon on coupon.order_id = ticket_order.id
        where placed_at >= ${shanghaiInstant(today, 0)} and issued_at is not null) as tickets_today,
      (select coalesce(sum(transactions + entries), 0)::bigint from settlement_total) as transactions_cleared,
      (select coalesce(sum(amount), 0)::bigint from settlement_total) as amount_cleared,
      (select max(day)::text from clearing_day where published_at is not null) as last_published_day`
  return row!
}
