// `npm run load -- mass-cancel [--sailings 6] [--passengers 400] [--faults 10] [--kills 3] [--kill-every 6]`
// A day of fog on the strait: all sailings are cancelled with one command and everybody has his whole fare back, through a gateway that
// fails so many calls in a hundred, while the worker is killed again and again and the command is clicked a second time. The full
// figure: `--sailings 300 --passengers 400` (120,000 passengers). Afterwards the database and the gateway's own book are asked.
import { randomUUID } from 'node:crypto'
import { parseArgs } from 'node:util'
import { connect } from '../clearing/database.ts'
import { fabricateSailings } from './mass-cancel/fabricate-sailings.ts'
import { killWorker } from './mass-cancel/kill-worker.ts'
import { processorTime } from './platform/processor-time.ts'
import { startPlatform } from './platform/start-platform.ts'

const { values: flags } = parseArgs({
  options: {
    sailings: { type: 'string', default: '6' },
    passengers: { type: 'string', default: '400' },
    faults: { type: 'string', default: '10' },
    kills: { type: 'string', default: '3' },
    'kill-every': { type: 'string', default: '6' }
  }
})
const sailings = Number(flags.sailings)
const perSailing = Number(flags.passengers)
const killsMax = Number(flags.kills)
const killEveryMs = Number(flags['kill-every']) * 1000

/** Counting 120,000 tickets is work too: the watcher must not be what it watches. */
const lookEveryMs = 2000

interface Progress {
  state: 'RUNNING' | 'DONE'
  departures: { total: number; done: number }
  refunds: { tickets: number; asked: number; paid: number }
  notices: { total: number; sent: number; givenUp: number }
}

console.log('starting the platform with its sample province')
const platform = await startPlatform({ GATEWAY_FAULTS_PERCENT: flags.faults })
const sql = connect(platform.databaseUrl, { max: 2 })
try {
  const authorization = await platform.signIn('station-manager')
  console.log(`selling ${sailings} sailings to ${(sailings * perSailing).toLocaleString('en')} passengers`)
  const departures = await fabricateSailings(sql, { sailings, perSailing })
  const id = randomUUID()
  const began = performance.now()
  const usedBefore = processorTime()
  const order = async (): Promise<void> => {
    const body = { kind: 'CANCEL', departures, refund: 'at-once', cause: 'WEATHER', note: '大雾停航（压力测试）' }
    const answer = await fetch(`${platform.url}/v1/disruptions/${id}`, {
      method: 'PUT',
      headers: { authorization, 'content-type': 'application/json' },
      body: JSON.stringify(body)
    })
    if (!answer.ok) throw new Error(`the command answered ${answer.status}: ${await answer.text()}`)
  }
  await order()
  const { backwards, kills, refundedAtMs } = await follow(id, authorization, order)
  const used = processorTime()
  const minutes = Number(((refundedAtMs - began) / 60_000).toFixed(2))
  const outcome = await askTheBooks(departures)
  const passengers = sailings * perSailing
  // What killed workers had used is gone with them: a ledger of processor time is one without kills.
  const cpuMsPerRefund = Object.fromEntries(
    Object.entries(used).map(([kind, ms]) => [
      kind,
      Number(((ms - (usedBefore[kind] ?? 0)) / outcome.refunds).toFixed(2))
    ])
  )
  console.log(
    JSON.stringify({
      load: 'mass-cancel',
      passengers,
      refundedOnce: outcome.refundedOnce,
      minutes,
      refundsPerSecond: Math.round((outcome.refunds / (refundedAtMs - began)) * 1000),
      cpuMsPerRefund: kills === 0 ? cpuMsPerRefund : null,
      sailings,
      refunds: outcome.refunds,
      refundedTwice: outcome.refundedTwice,
      paidAtGateway: outcome.paid,
      fares: outcome.fares,
      progressWentBack: backwards,
      workersKilled: kills,
      faultsPercent: Number(flags.faults),
      noticesSent: outcome.noticesSent
    })
  )
  if (outcome.refundedOnce !== passengers || outcome.paid !== outcome.fares || backwards > 0) process.exitCode = 1
} finally {
  await sql.end()
  await platform.stop()
}

/** Until every fare is back: looks every two seconds, kills the worker meanwhile, and clicks once more half way. */
async function follow(id: string, authorization: string, order: () => Promise<void>) {
  let last: Progress | null = null
  let backwards = 0
  let kills = 0
  let killedAt = performance.now()
  let saidAt = 0
  let clicked = false
  for (;;) {
    const answer = await fetch(`${platform.url}/v1/disruptions/${id}`, { headers: { authorization } })
    const now = (await answer.json()) as Progress
    if (last && fell(last, now)) backwards++
    last = now
    const { departures, refunds, notices } = now
    if (performance.now() - saidAt > 5000) {
      saidAt = performance.now()
      console.log(
        `sailings ${departures.done}/${departures.total}, refunds asked ${refunds.asked}, paid ${refunds.paid} of ${refunds.tickets}, notices ${notices.sent}`
      )
    }
    const over = departures.done === departures.total && refunds.tickets > 0 && refunds.paid === refunds.tickets
    if (over) return { backwards, kills, refundedAtMs: performance.now() }
    if (!clicked && refunds.asked > 0) {
      clicked = true
      await order()
    }
    if (kills < killsMax && performance.now() - killedAt > killEveryMs) {
      killedAt = performance.now()
      if (killWorker(platform.pid)) kills++
    }
    await new Promise((done) => setTimeout(done, lookEveryMs))
  }
}

function fell(before: Progress, now: Progress): boolean {
  return (
    now.departures.done < before.departures.done ||
    now.refunds.asked < before.refunds.asked ||
    now.refunds.paid < before.refunds.paid ||
    now.notices.sent < before.notices.sent
  )
}

async function askTheBooks(departures: readonly number[]) {
  const [row] = await sql<
    { refundedOnce: number; refunds: number; refundedTwice: number; paid: number; fares: number; noticesSent: number }[]
  >`
    with tickets as (select ticket_no, order_id, fare + service_fee as price, state from coupon where departure = any (${[...departures]}))
    select
      (select count(*)::int from tickets join refund_item using (ticket_no) join refund on refund.id = refund_item.refund
        where refund_item.amount = price and refund_item.fee = 0 and refund.state = 'PAID' and tickets.state = 'REFUNDED') as refunded_once,
      (select count(distinct refund)::int from refund_item join tickets using (ticket_no)) as refunds,
      (select count(*)::int from (select 1 from refund_item join tickets using (ticket_no) group by ticket_no having count(*) > 1) as twice) as refunded_twice,
      (select coalesce(sum(back.amount), 0)::int from simulated_cashier_refund as back join charge on charge.key = back.charge_key
        where charge.order_id in (select order_id from tickets)) as paid,
      (select sum(price)::int from tickets) as fares,
      (select count(*)::int from notice where state = 'SENT') as notices_sent`
  return row!
}
