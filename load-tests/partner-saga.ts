// `npm run load -- partner-saga [--journeys 600] [--clients 8] [--calm]`
// R14 in full: journeys of a train, a ferry and payments over HTTP, on trains that each fail in their own way (no answer, late, twice,
// another price, a lie), with payments that fail or stay unknown, while database connections of the server and the worker are cut at
// random. When nothing is left to do, the books of both sides are held against each other: all legs or none, and every fen.
import { randomUUID } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { connect } from '../clearing/database.ts'
import { openClient, type Answer, type Call, type Client } from './platform/keep-alive-client.ts'
import { startPlatform } from './platform/start-platform.ts'
import { newPassenger } from './sales/people.ts'

const { values: flags } = parseArgs({
  options: {
    journeys: { type: 'string', default: '600' },
    clients: { type: 'string', default: '8' },
    calm: { type: 'boolean', default: false }
  }
})
const journeys = Number(flags.journeys)
const clients = Number(flags.clients)

interface Journey {
  legs: { id: number; fullFare: number; from: { place: string }; to: { place: string } }[]
  partnerLegs: { side: string; offer: { partner: string; id: string; fullFare: number } }[]
  changes: number
}

console.log('starting the platform with its sample province')
const platform = await startPlatform()
const sql = connect(platform.databaseUrl, { max: 2 })
/** By status and code; an error was repeated until there was an answer, or six times. */
const errorsByCode: Record<string, number> = {}
const refusedByCode: Record<string, number> = {}
const counted = { begun: 0, refused: 0, errors: 0, unanswered: 0 }
const began = performance.now()
try {
  // A load test has no quarter of an hour for a partner that never answers, nor two hours to look back.
  await sql`update partner set patience_seconds = 30, watch_seconds = '{15,45}'`
  const authorization = await platform.signIn('passenger')
  const offered = await findJourneys()
  console.log(`${journeys} journeys on ${offered.length} connections with ${clients} clients`)
  const cutting = flags.calm ? undefined : setInterval(() => void cutConnection(), 2_000)
  const progress = setInterval(() => console.log(`${counted.begun} begun, ${counted.refused} refused`), 5_000)
  await Promise.all(Array.from({ length: clients }, async () => await sellMany(offered, authorization)))
  clearInterval(progress)
  clearInterval(cutting)
  await untilNothingIsLeft()
  console.log(
    JSON.stringify({
      load: 'partner-saga',
      ...(await judge()),
      ...counted,
      errorsByCode,
      refusedByCode,
      seconds: elapsed()
    })
  )
} finally {
  await sql.end()
  await platform.stop()
}

function elapsed(): number {
  return Math.round((performance.now() - began) / 1000)
}

/** A train and one of our ferries behind it, on all days on sale. */
async function findJourneys(): Promise<Journey[]> {
  const days = Array.from({ length: 12 }, (_, day) => new Date(Date.now() + (day + 2) * 86_400_000))
  const found = await Promise.all(
    days.map(async (day) => {
      const asked = { from: '广州南站', to: '新海港', day: day.toISOString().slice(0, 10), partners: 'true' }
      const answer = await fetch(`${platform.url}/v1/journeys?${new URLSearchParams(asked).toString()}`)
      return (await answer.json()) as Journey[]
    })
  )
  return found.flat().filter(({ changes, partnerLegs }) => changes === 1 && partnerLegs.length === 1)
}

async function cutConnection(): Promise<void> {
  await sql`
    select pg_terminate_backend(pid) from pg_stat_activity
    where application_name in ('lingnan-server', 'lingnan-worker') order by random() limit 1`.catch(() => undefined)
}

async function sellMany(offered: readonly Journey[], authorization: string): Promise<void> {
  const client = await openClient(platform.url)
  while (counted.begun < journeys) {
    counted.begun++
    await sellOne(client, offered[Math.floor(Math.random() * offered.length)]!, authorization)
  }
  client.close()
}

/** Every request is repeated under its own id until there is an answer, as a careful caller does. */
async function ask(client: Client, call: Call): Promise<Answer> {
  for (let attempt = 0; ; attempt++) {
    const answer = await client.ask(call)
    if (answer.status < 500) return answer
    counted.errors++
    count(errorsByCode, answer)
    if (attempt === 5) {
      counted.unanswered++
      return answer
    }
    await wait(200 * 2 ** attempt)
  }
}

function count(byCode: Record<string, number>, { status, body }: Answer): void {
  const { code = 'no code' } = JSON.parse(body) as { code?: string }
  byCode[`${status} ${code}`] = (byCode[`${status} ${code}`] ?? 0) + 1
}

async function sellOne(client: Client, { legs, partnerLegs }: Journey, authorization: string): Promise<void> {
  const id = randomUUID()
  const [ferry] = legs
  const [{ side, offer }] = partnerLegs as [Journey['partnerLegs'][number]]
  const body = {
    departure: ferry!.id,
    from: ferry!.from.place,
    to: ferry!.to.place,
    partnerLegs: [{ side, partner: offer.partner, offer: offer.id }],
    passengers: [newPassenger()],
    total: ferry!.fullFare + offer.fullFare
  }
  const held = await ask(client, { method: 'PUT', path: `/v1/orders/${id}`, authorization, body })
  if (held.status !== 200) {
    counted.refused++
    count(refusedByCode, held)
    return
  }
  const path = `/v1/orders/${id}/payments`
  const paying = await ask(client, { method: 'POST', path, authorization, body: { gateway: 'simulated-cashier' } })
  if (paying.status !== 200) return
  const { payAt } = JSON.parse(paying.body) as { payAt: string | null }
  const chance = Math.random()
  const choice = chance < 0.85 ? 'success' : chance < 0.95 ? 'time-out' : 'failure'
  if (payAt) await ask(client, { method: 'POST', path: payAt, body: { choice } })
  if (choice === 'failure') await ask(client, { method: 'DELETE', path: `/v1/orders/${id}`, authorization })
}

/** Every step done, every refund paid, everything looked back at once. */
async function untilNothingIsLeft(): Promise<void> {
  for (let last = ''; ;) {
    const [left] = await sql<{ legs: number; payments: number; refunds: number }[]>`
      select (select count(*)::integer from partner_leg where state not in ('CONFIRMED', 'CANCELLED') or due_at is not null) as legs,
        (select count(*)::integer from charge where state in ('PENDING', 'UNKNOWN')) as payments,
        (select count(*)::integer from refund where state = 'PAYING') as refunds`
    const line = JSON.stringify(left)
    if (line !== last) console.log(`${elapsed()} s: left ${line}`)
    last = line
    if (left!.legs + left!.payments + left!.refunds === 0) return
    await wait(3_000)
  }
}

async function judge() {
  const [row] = await sql<{ journeys: number; both: number; none: number; halfOpen: number; imbalanceFen: number }[]>`
    with journey as (
      select leg.order_id, coalesce(placed.state = 'ISSUED', false) as ours, bool_and(booking.state = 'confirmed') as theirs,
        coalesce((select sum(amount) from charge where charge.order_id = leg.order_id and state = 'SUCCEEDED'), 0) as paid,
        coalesce((select sum(amount) from refund where refund.order_id = leg.order_id and state = 'PAID'), 0) as back,
        coalesce(placed.total, 0) as worth
      from partner_leg as leg
      left join ticket_order as placed on placed.id = leg.order_id
      left join simulated_partner_booking as booking on booking.key = leg.key
      group by leg.order_id, placed.id)
    select count(*)::integer as journeys, (count(*) filter (where ours and theirs))::integer as both,
      (count(*) filter (where not ours and theirs is not true))::integer as none,
      (count(*) filter (where ours <> coalesce(theirs, false)))::integer as half_open,
      coalesce(sum(abs(paid - back - case when ours then worth else 0 end)), 0)::integer as imbalance_fen
    from journey`
  const claims = await sql<{ kind: string; count: number }[]>`
    select kind, count(*)::integer as count from partner_claim group by kind order by kind`
  return { ...row!, claims: Object.fromEntries(claims.map(({ kind, count }) => [kind, count])) }
}
