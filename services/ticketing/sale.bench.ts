// How fast tickets are sold without HTTP, on a durable PostgreSQL of our own: searches, mixed sales (hold, cash, issue) over a whole
// day's departures, and the rush for one coach of 45 seats. The rush must sell exactly the seats there are.
import { mkdtempSync, rmSync } from 'node:fs'
import { randomBytes, randomUUID } from 'node:crypto'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { openSoftwareKeyStore } from '../../card-crypto/key-store.ts'
import { addDays, calendarDay } from '../../clearing/business-day.ts'
import { connect } from '../../clearing/database.ts'
import { startEmbeddedPostgres } from '../../clearing/embedded-postgres.ts'
import { migrate } from '../../clearing/migrate.ts'
import { Refusal } from '../../clearing/refusal.ts'
import { generateServiceKeys } from '../open-parts.ts'
import { mod11CheckCharacter } from '../identity/check-digits.ts'
import { seedProvince } from '../local/sample-province/seed-province.ts'
import { openGateways } from '../payments/open-gateways.ts'
import { searchDepartures } from '../timetable/departure-queries.ts'
import type { Departure } from '../timetable/timetable-schemas.ts'
import { holdOrder } from './hold-order.ts'
import { payOrder } from './pay-order.ts'

const { values: flags } = parseArgs({
  options: {
    sales: { type: 'string', default: '4000' },
    buyers: { type: 'string', default: '10000' },
    clients: { type: 'string', default: '16' }
  }
})
const clients = Number(flags.clients)
const now = new Date()
const tomorrow = addDays(calendarDay(now), 1)

const folder = mkdtempSync(join(tmpdir(), 'lingnan-bench-'))
const server = await startEmbeddedPostgres(join(folder, 'postgres'), { durable: true })
const sql = connect(server.url, { max: clients })
const keys = await openSoftwareKeyStore({ file: join(folder, 'keys'), masterKey: randomBytes(16), tacWorkers: 1 })
await migrate(sql)
await generateServiceKeys(keys)
await seedProvince(sql, calendarDay(now))
await sql`analyze`
const paying = { sql, gateways: openGateways(sql) }

let people = 0
function passenger() {
  const serial = ++people
  const first17 = `${440_000 + Math.floor(serial / 1000)}19900307${String(serial % 1000).padStart(3, '0')}`
  const document = { kind: '01', number: first17 + mod11CheckCharacter(first17) } as const
  return { name: '测试旅客', document, fare: 'full' } as const
}

async function buy(departure: Departure): Promise<boolean> {
  const id = randomUUID()
  const owner = 'passenger:bench'
  const { place: from } = departure.from
  const { place: to } = departure.to
  const request = { departure: departure.id, from, to, passengers: [passenger()], total: departure.fullFare }
  try {
    await holdOrder({ sql, keys }, { id, request, owner }, now)
  } catch (error) {
    if (error instanceof Refusal && error.code === 'no-places-left') return false
    throw error
  }
  await payOrder(paying, { orderId: id, gateway: 'cash', actor: owner }, now)
  return true
}

/** Runs `count` tasks, `clients` at a time; tasks a second. */
async function rate(count: number, task: (turn: number) => Promise<unknown>): Promise<number> {
  const started = performance.now()
  let turn = 0
  const client = async (): Promise<void> => {
    while (turn < count) await task(turn++)
  }
  await Promise.all(Array.from({ length: clients }, client))
  return (count * 1000) / (performance.now() - started)
}

const routes = ['惠州', '河源', '梅州', '深圳', '佛山', '东莞', '湛江', '江门', '汕头', '珠海']
const found = await Promise.all(routes.map((to) => searchDepartures(sql, { from: '广州', to, day: tomorrow }, now)))
const mixed = found.flat()
const hot = mixed.pop()!

console.log(`${mixed.length} departures, ${clients} clients`)
const searchesPerSecond = await rate(1000, async (turn) => {
  const to = routes[turn % routes.length]!
  return await searchDepartures(sql, { from: '广州', to, day: tomorrow }, now)
})
console.log(`searches ${searchesPerSecond.toFixed(0)}/s`)
const ticketsPerSecond = await rate(Number(flags.sales), async (turn) => await buy(mixed[turn % mixed.length]!))
console.log(`sales ${ticketsPerSecond.toFixed(0)}/s`)
const buyers = Number(flags.buyers)
const started = performance.now()
const answers = await Promise.all(Array.from({ length: buyers }, () => buy(hot)))
const rushSeconds = (performance.now() - started) / 1000
const sold = answers.filter(Boolean).length
console.log(`rush: ${sold} of ${buyers} in ${rushSeconds.toFixed(2)} s`)
const [oversold] = await sql<{ count: number }[]>`
  select count(*)::integer from coupon a join coupon b on a.departure = b.departure and a.seat_number = b.seat_number and a.stops && b.stops
    and a.ticket_no < b.ticket_no and a.live and b.live`

await keys.close()
await sql.end()
await server.stop()
rmSync(folder, { recursive: true, force: true })
console.log(
  JSON.stringify({
    bench: 'sale',
    searchesPerSecond: Math.round(searchesPerSecond),
    ticketsPerSecond: Math.round(ticketsPerSecond),
    rushSold: sold,
    rushSeconds: Number(rushSeconds.toFixed(2)),
    oversold: oversold!.count,
    cores: availableParallelism(),
    node: process.version
  })
)
