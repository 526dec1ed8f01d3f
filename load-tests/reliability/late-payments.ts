// `npm run load -- late-payments [--orders 400] [--hold-seconds 25]` (full size, R2: --orders 10000 --hold-seconds 60)
// Orders and payments sent twice at the same moment, and payers who succeed, fail, are charged without an answer, or pay after their
// places are gone, while Redis is emptied. No hold may outlive its minute by a minute nor end before it; nobody is charged twice; every
// payment ends in a ticket or in a refund.
import { randomUUID } from 'node:crypto'
import { availableParallelism } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { Redis } from 'ioredis'
import { connect } from '../../clearing/database.ts'
import { openClient, type Client } from '../platform/keep-alive-client.ts'
import { startPlatform } from '../platform/start-platform.ts'
import { findMarket, type Departure } from '../sales/market.ts'
import { newPassenger } from '../sales/people.ts'

const { values: flags } = parseArgs({
  options: { orders: { type: 'string', default: '400' }, 'hold-seconds': { type: 'string', default: '25' } }
})
const orders = Number(flags.orders)
const holdSeconds = Number(flags['hold-seconds'])
const pairsOfClients = 8
const choices = ['success', 'failure', 'time-out', 'late-success'] as const

console.log('starting the platform with its sample province')
const platform = await startPlatform()
const sql = connect(platform.databaseUrl, { max: 2, name: 'late-payments' })
const redis = new Redis(platform.redisUrl)
try {
  const authorization = await platform.signIn('passenger')
  const { departures } = await findMarket(platform.url, 1)
  const pairs = await Promise.all(
    Array.from(
      { length: pairsOfClients },
      async () => [await openClient(platform.url), await openClient(platform.url)] as const
    )
  )
  console.log(`holding ${orders} orders, each asked for twice`)
  const held: { id: string; payAt: string; choice: (typeof choices)[number] }[] = []
  let differing = 0
  await eachBy(pairs, Array.from({ length: orders }).keys(), async (pair, nth) => {
    const id = randomUUID()
    const body = orderOn(departures.filter(({ cabins }) => cabins.length === 0)[nth % 300]!)
    const answers = await twice(pair, { method: 'PUT', path: `/v1/orders/${id}`, authorization, body })
    if (answers[0].status !== 200) return
    if (answers[0].body !== answers[1].body) differing++
    const opened = await twice(pair, {
      method: 'POST',
      path: `/v1/orders/${id}/payments`,
      authorization,
      body: { gateway: 'simulated-cashier' }
    })
    const [one, other] = opened.map(({ body }) => (JSON.parse(body) as { payAt: string }).payAt)
    if (one !== other) differing++
    held.push({ id, payAt: one!, choice: choices[nth % choices.length]! })
  })
  const deadline = await shortenHolds()
  console.log(`${held.length} held; Redis is emptied; the payers decide, each twice`)
  await redis.flushall()
  let decidedTwice = 0
  let decidedTooLate = 0
  await eachBy(pairs, held.values(), async (pair, { payAt, choice }) => {
    const answers = await twice(pair, { method: 'POST', path: payAt, authorization, body: { choice } })
    const taken = answers.filter(({ status }) => status === 200).length
    if (taken > 1) decidedTwice++
    // A busy machine does not hear all payers within the hold.
    if (taken === 0) decidedTooLate++
  })
  // Who paid late and had given up besides gets his money back; the others may still find their places free.
  const late = held.filter(({ choice }) => choice === 'late-success')
  const givenUp = late.filter((_, nth) => nth % 2 === 0)
  await eachBy(pairs, givenUp.values(), async (pair, { id }) => {
    await twice(pair, { method: 'DELETE', path: `/v1/orders/${id}`, authorization })
  })
  await redis.flushall()
  for (const client of pairs.flat()) client.close()
  const endedEarly = await countEndedEarly()
  const lateExpirySeconds = await waitForExpiry(deadline)
  const outcome = await conclude()
  const report = {
    load: 'late-payments',
    orders: held.length,
    differing,
    decidedTwice,
    endedEarly,
    lateExpirySeconds,
    ...outcome
  }
  console.log(
    JSON.stringify({
      ...report,
      decidedTooLate,
      holdSeconds,
      cores: availableParallelism(),
      node: process.version,
      data: 'sample province'
    })
  )
  const wrong =
    differing + decidedTwice + endedEarly + outcome.chargedTwice + outcome.unresolvedPayments + outcome.moneyDiffers
  if (wrong > 0 || lateExpirySeconds > 60) process.exitCode = 1
} finally {
  redis.disconnect()
  await sql.end()
  await platform.stop()
}

function orderOn({ id, from, to, fullFare }: Departure) {
  return { departure: id, from: from.place, to: to.place, passengers: [newPassenger()], total: fullFare }
}

/** Each pair of clients does one after the other, all of them side by side. */
async function eachBy<Pair, One>(
  pairs: readonly Pair[],
  all: Iterator<One>,
  work: (pair: Pair, one: One) => Promise<void>
): Promise<void> {
  await Promise.all(
    pairs.map(async (pair) => {
      for (let next = all.next(); !next.done; next = all.next()) await work(pair, next.value)
    })
  )
}

async function twice([one, other]: readonly [Client, Client], call: Parameters<Client['ask']>[0]) {
  return await Promise.all([one.ask(call), other.ask(call)])
}

/** The sample province holds for a quarter of an hour: a test has not so much time. */
async function shortenHolds(): Promise<number> {
  const deadline = new Date(Date.now() + holdSeconds * 1000)
  await sql.begin(async (tx) => {
    await tx`select set_config('app.tx', 'late-payments', true)`
    await tx`update ticket_order set hold_until = ${deadline} where state = 'LOCKED'`
    await tx`update charge set pay_until = ${deadline} where state = 'PENDING'`
    await tx`update simulated_cashier_charge set pay_until = ${deadline} where choice is null`
  })
  return deadline.getTime()
}

/** Before its time a hold is over when it was paid or given up, and for no other reason. */
async function countEndedEarly(): Promise<number> {
  const [row] = await sql<{ early: number }[]>`
    select count(*)::integer as early from ticket_order where state = 'EXPIRED' and hold_until > now()`
  return row!.early
}

/** By how much the last hold outlived its deadline. */
async function waitForExpiry(deadline: number): Promise<number> {
  await sleep(Math.max(0, deadline - Date.now()))
  for (;;) {
    const [row] = await sql<
      { held: boolean }[]
    >`select exists (select from ticket_order where state = 'LOCKED') as held`
    if (!row!.held || Date.now() > deadline + 120_000) return Number(((Date.now() - deadline) / 1000).toFixed(1))
    await sleep(200)
  }
}

/** The gateway's silence lasts twenty seconds and inquiries come at growing intervals. */
async function conclude() {
  let unresolvedPayments = 0
  for (let second = 0; second < 180; second++) {
    const [row] = await sql<{ open: number }[]>`
      select (select count(*) from charge where state in ('PENDING', 'UNKNOWN'))::integer
        + (select count(*) from refund where state <> 'PAID')::integer as open`
    unresolvedPayments = row!.open
    if (unresolvedPayments === 0) break
    if (second % 10 === 0) console.log(`${unresolvedPayments} payments and refunds are still being asked about`)
    await sleep(1000)
  }
  const [row] = await sql<
    { issued: number; refunded: number; expired: number; chargedTwice: number; moneyDiffers: number }[]
  >`
    select (select count(*)::integer from ticket_order where state = 'ISSUED') as issued,
      (select count(*)::integer from refund where state = 'PAID') as refunded,
      (select count(*)::integer from ticket_order where state = 'EXPIRED') as expired,
      (select count(*)::integer from (select order_id from charge where state = 'SUCCEEDED' group by 1 having count(*) > 1) as twice) as charged_twice,
      -- The cashier took what tickets cost and what was paid back, and no fen more.
      abs((select coalesce(sum(amount), 0) from simulated_cashier_charge where choice in ('success', 'time-out', 'late-success'))
        - (select coalesce(sum(amount), 0) from simulated_cashier_refund)
        - (select coalesce(sum(total), 0) from ticket_order where state = 'ISSUED'))::bigint as money_differs`
  return { ...row!, unresolvedPayments }
}
