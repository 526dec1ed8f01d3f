// How fast ticket revenue is posted, on a durable PostgreSQL of our own: coupons sold by a channel of ours, then their rides, as lines,
// batches and chained journals; last a day's statements.
import { mkdtempSync, rmSync } from 'node:fs'
import { randomBytes } from 'node:crypto'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { openSoftwareKeyStore } from '../../card-crypto/key-store.ts'
import { calendarDay, type BusinessDay } from '../../clearing/business-day.ts'
import { connect } from '../../clearing/database.ts'
import { startEmbeddedPostgres } from '../../clearing/embedded-postgres.ts'
import { migrate } from '../../clearing/migrate.ts'
import { closeDay } from '../../clearing/settlement/close-day.ts'
import { statementKey } from '../../clearing/statements/statement-schemas.ts'
import { seedProvince } from '../local/sample-province/seed-province.ts'
import { postRevenue } from './post-revenue.ts'
import { publishRevenue } from './publish-revenue.ts'

const { values: flags } = parseArgs({ options: { coupons: { type: 'string', default: '50000' } } })
const coupons = Number(flags.coupons)
const now = new Date()

const folder = mkdtempSync(join(tmpdir(), 'lingnan-bench-'))
const server = await startEmbeddedPostgres(join(folder, 'postgres'), { durable: true })
const sql = connect(server.url, { max: 4 })
const keys = await openSoftwareKeyStore({ file: join(folder, 'keys'), masterKey: randomBytes(16), tacWorkers: 0 })
await keys.generateKey(statementKey)
await migrate(sql)
await seedProvince(sql, calendarDay(now))

/** Tickets as a day's sales would have left them, spread over the departures on sale, written without going through the sale. */
await sql.begin(async (tx) => {
  await tx`select set_config('app.tx', 'bench', true)`
  await tx`create temporary table sold on commit drop as
    select n, gen_random_uuid() as id, departure.id as departure, line.places
    from generate_series(1, ${coupons}) as n
    join (select id, row_number() over (order by id) as rank, count(*) over () as places from departure) as line
      on line.rank = n % line.places + 1
    join departure on departure.id = line.id`
  await tx`insert into ticket_order (id, request_digest, owner, departures, state, total, hold_until, placed_at, issued_at)
    select id, sha256(id::text::bytea), 'passenger:bench', array[departure], 'ISSUED', 5000, ${now}, ${now}, ${now} from sold`
  await tx`insert into coupon (order_id, position, ticket_no, departure, stops, claims, state, fare_kind, fare, single_fare, service_fee,
      refund_policy, identity, passenger)
    select id, 0, '44010000200A' || lpad(n::text, 8, '0'), departure, '[0,1)', '{"passenger": 1}', 'CHECKED', 'full', 5000, 5000, 0,
      (select min(id) from refund_policy), '\\x00', 0 from sold`
  await tx`insert into ticket_event (ticket_no, event, state, at, actor)
    select '44010000200A' || lpad(n::text, 8, '0'), 'issue', 'ISSUED', ${now}, 'bench' from sold`
})
await sql`analyze`

const timed = async (work: () => Promise<unknown>): Promise<number> => {
  const start = performance.now()
  await work()
  return (performance.now() - start) / 1000
}
const sales = await timed(async () => await postRevenue(sql, now))
const later = new Date(now.getTime() + 40 * 86_400_000)
await sql.begin(async (tx) => {
  await tx`select set_config('app.tx', 'bench', true)`
  await tx`update coupon_revenue set due_at = ${now}, ride_ends_at = ${now}`
})
const rides = await timed(async () => await postRevenue(sql, now))
const [{ day } = { day: '' as BusinessDay }] = await sql<{ day: BusinessDay }[]>`select distinct day from revenue_batch`
const [{ lines } = { lines: 0 }] = await sql<{ lines: number }[]>`select count(*)::int as lines from revenue_line`
await closeDay({ sql }, day, later)
const statements = await timed(async () => await publishRevenue({ sql, keys }, day, later))

console.log(
  JSON.stringify({
    bench: 'revenue',
    machine: `${availableParallelism()} cores, durable PostgreSQL on the same machine`,
    coupons,
    salesPostedPerSecond: Math.round(coupons / sales),
    ridesPostedPerSecond: Math.round(coupons / rides),
    statementSeconds: Number(statements.toFixed(2)),
    lines
  })
)
await keys.close()
await sql.end()
await server.stop()
rmSync(folder, { recursive: true, force: true })
