// Settles an adjustment: its late files are summed and rated by the agreements of the day they belong to (the value date), netted with
// the corrections of disputes, and posted now (the posting date) by a journal of its own. Settling it again answers with what was settled.
import type { BusinessDay } from '../business-day.ts'
import { transaction, type Database, type Transaction } from '../database.ts'
import { listRunLines } from '../disputes/dispute-queries.ts'
import { holdOpenDay } from '../ingestion/file-queries.ts'
import { postJournal } from '../ledger/post-journal.ts'
import { fen, sumFen } from '../money.ts'
import { findClearingCentre, loadAccounts } from '../participants/participant-queries.ts'
import { refuse } from '../refusals.ts'
import { netOf } from '../settlement/net-rules.ts'
import { legsOf, rateTotals } from '../settlement/settle-day.ts'
import {
  findRun,
  insertRunPositions,
  insertRunTotals,
  listRunFiles,
  lockRun,
  lockRunAgainstClosers,
  markRun,
  sumRunByAgreement
} from './adjustment-queries.ts'
import { netAdjustment } from './adjustment-rules.ts'
import type { AdjustmentRun } from './adjustment-schemas.ts'

export const adjustmentJournal = 'adjustment'

export async function settleAdjustment(
  { sql }: { sql: Database },
  day: BusinessDay,
  { number, now }: { number: number; now: Date }
): Promise<AdjustmentRun> {
  const run = await findRun(sql, day, number)
  if (!run) throw refuse('adjustment-not-found', { day, number })
  await transaction(sql, async (tx) => {
    if ((await lockRunAgainstClosers(tx, run.id)).state === 'open') await markRun(tx, run.id, 'closing')
  })
  await transaction(sql, async (tx) => {
    if ((await lockRun(tx, run.id)).state === 'closing') await settle(tx, run, now)
  })
  return (await findRun(sql, day, number))!
}

async function settle(tx: Transaction, run: AdjustmentRun, now: Date): Promise<void> {
  const totals = await sumRunByAgreement(tx, run.id)
  const counted = await listRunFiles(tx, run.id)
  const accepted = totals.reduce((sum, total) => sum + total.transactions + total.entries, 0)
  const amount = sumFen(totals.map((total) => total.amount))
  if (
    counted.reduce((sum, file) => sum + file.acceptedCount, 0) !== accepted ||
    sumFen(counted.map((file) => file.amount)) !== amount
  )
    throw refuse('settlement-sums-differ', { day: run.day, adjustment: run.number })
  const rated = await rateTotals(tx, run.day, totals)
  const centre = await findClearingCentre(tx)
  const corrections = await listRunLines(tx, run.id)
  const netting = netAdjustment(rated, corrections, {
    centre: centre.id,
    accountOf: await loadAccounts(tx)
  })
  await insertRunTotals(tx, run.id, rated)
  // A run nothing came into touches nobody.
  const touched = rated.length + corrections.length > 0 ? netting.positions : []
  const nets = touched.map((position) => ({ participant: position.participant, net: fen(netOf(position)) }))
  await insertRunPositions(tx, run.id, nets)
  // The value date is the run's; the ledger's day is the one that is open now.
  await postJournal(tx, {
    day: await holdOpenDay(tx, now),
    kind: adjustmentJournal,
    reference: referenceOf(run),
    postedAt: now,
    legs: legsOf(netting, centre.id)
  })
  await markRun(tx, run.id, { settledAt: now })
}

export function referenceOf({ day, number }: Pick<AdjustmentRun, 'day' | 'number'>): string {
  return `${day}/${number}`
}
