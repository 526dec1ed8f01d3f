// Looks after loads that nobody looks after: raises the alarm within minutes, asks the gateway again, decides within the day by what
// the card's purchases showed or for the holder, pays back, and posts it all. Nobody has to claim.
import { sm3 } from '../../../card-crypto/sm3.ts'
import { holdOpenDay } from '../../../clearing/ingestion/file-queries.ts'
import { transaction, type Database } from '../../../clearing/database.ts'
import { postJournal } from '../../../clearing/ledger/post-journal.ts'
import type { Job } from '../../jobs/worker-rounds.ts'
import type { PaymentGateway } from '../../payments/gateway.ts'
import { openGateways } from '../../payments/open-gateways.ts'
import { decide } from './decide-load.ts'
import { inquireFunding, payBack } from './fund-load.ts'
import {
  findBalanceAfterwards,
  hasWorkForLoads,
  insertLoadBatch,
  listDueLoads,
  markPosted,
  raiseAlarms,
  takeUnpostedLines,
  type LoadRow
} from './load-queries.ts'
import { decisionByRide, legsOfLines } from './load-rules.ts'

type Parts = { sql: Database; gateway: PaymentGateway }

const atOnce = 500
const linesAtOnce = 20_000

export const watchLoadsJob: Job = {
  name: 'watch-card-loads',
  async due({ sql }, now) {
    return (await hasWorkForLoads(sql, now)) ? ['all'] : []
  },
  async perform({ sql, config }, _id, now) {
    const gateway = openGateways(sql, config.gatewayFaultsPercent)['simulated-cashier']
    await watchLoads({ sql, gateway }, now)
    await postLoads(sql, now)
  }
}

export async function watchLoads(parts: Parts, now: Date): Promise<void> {
  await transaction(parts.sql, async (tx) => await raiseAlarms(tx, now))
  for (const load of await listDueLoads(parts.sql, now, atOnce)) await attend(parts, load, now)
}

async function attend(parts: Parts, load: LoadRow, now: Date): Promise<void> {
  if (load.state === 'FUNDING') return await inquireFunding(parts, load.id, now)
  if (load.state === 'RETURNING') return await payBack(parts, load, now)
  if (load.state === 'FUNDED') {
    await decide(parts.sql, { id: load.id, loaded: false, evidence: 'no-card', tac: null }, now)
    return await payBack(parts, load, now)
  }
  const balance = await findBalanceAfterwards(parts.sql, load)
  const shown =
    balance === null ? null : decisionByRide(balance, { balanceBefore: load.balanceBefore!, amount: load.amount })
  const evidence = shown === null ? 'deadline' : 'purchase'
  const state = await decide(parts.sql, { id: load.id, loaded: shown === 'loaded', evidence, tac: null }, now)
  if (state === 'RETURNING') await payBack(parts, load, now)
}

/** One batch of lines and its journal, in the clearing day that is open. Returns how many were posted. */
export async function postLoads(sql: Database, now: Date): Promise<number> {
  return await transaction(sql, async (tx) => {
    const lines = await takeUnpostedLines(tx, linesAtOnce)
    if (lines.length === 0) return 0
    const digest = sm3(new TextEncoder().encode(lines.map(({ text }) => text).join('\n')))
    const day = await holdOpenDay(tx, now)
    const batch = await insertLoadBatch(tx, { day, lines: lines.length, digest, postedAt: now })
    const legs = legsOfLines(
      await markPosted(
        tx,
        lines.map(({ id }) => id),
        batch
      )
    )
    const reference = `${batch} sm3:${Buffer.from(digest).toString('hex')}`
    await postJournal(tx, { day, kind: 'card-loads', reference, postedAt: now, legs })
    return lines.length
  })
}
