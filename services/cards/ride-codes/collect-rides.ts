// Asks for the money of rides that were taken: once at the gateway, again at longer and longer intervals, and the account is stopped
// when that does not help. A payment whose outcome is unknown is inquired about, never made twice.
import { transaction, type Database } from '../../../clearing/database.ts'
import { fen } from '../../../clearing/money.ts'
import type { Job } from '../../jobs/worker-rounds.ts'
import type { PaymentGateway } from '../../payments/gateway.ts'
import { openGateways } from '../../payments/open-gateways.ts'
import { listOwedTrips, markAsked, markFailed, markPaid, type OwedTrip } from './ride-queries.ts'
import { attemptsBeforeSuspension, nextTryAt } from './ride-rules.ts'

type Parts = { sql: Database; gateway: PaymentGateway }

const atOnce = 200
const payWithinMs = 10 * 60_000
const inquireEveryMs = 60_000

export const collectRidesJob: Job = {
  name: 'collect-rides',
  async due({ sql }, now) {
    return (await listOwedTrips(sql, now, 1)).length > 0 ? ['all'] : []
  },
  async perform({ sql, config }, _id, now) {
    await collectRides({ sql, gateway: openGateways(sql, config.gatewayFaultsPercent)['simulated-cashier'] }, now)
  }
}

export async function collectRides(parts: Parts, now: Date): Promise<void> {
  for (const trip of await listOwedTrips(parts.sql, now, atOnce))
    await (trip.state === 'OWED' ? ask : inquire)(parts, trip, now)
}

async function ask({ sql, gateway }: Parts, trip: OwedTrip, now: Date): Promise<void> {
  const attempts = trip.attempts + 1
  const nextTry = new Date(now.getTime() + inquireEveryMs)
  await transaction(sql, async (tx) => await markAsked(tx, trip.id, { attempts, nextTry }))
  const charge = {
    key: `${trip.id}.${attempts}`,
    amount: fen(trip.amount),
    payUntil: new Date(now.getTime() + payWithinMs),
    now
  }
  const { outcome } = await gateway.open(charge)
  if (outcome === 'succeeded') await transaction(sql, async (tx) => await markPaid(tx, trip.id, now))
}

async function inquire({ sql, gateway }: Parts, trip: OwedTrip, now: Date): Promise<void> {
  const outcome = await gateway.inquire(`${trip.id}.${trip.attempts}`, now)
  await transaction(sql, async (tx) => {
    if (outcome === 'succeeded') await markPaid(tx, trip.id, now)
    else if (outcome === 'failed')
      await markFailed(tx, trip.id, { nextTry: nextTryAt(trip.attempts, now), suspendAfter: attemptsBeforeSuspension })
    else await markAsked(tx, trip.id, { attempts: trip.attempts, nextTry: new Date(now.getTime() + inquireEveryMs) })
  })
}
