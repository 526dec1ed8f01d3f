// Publishes an adjustment: those it touches, and nobody else, get a statement with the next of their numbers. Publishing it again
// changes nothing, and the day's own publication is not touched.
import { join } from 'node:path'
import { mkdtemp, rm } from 'node:fs/promises'
import type { BusinessDay } from '../business-day.ts'
import type { ClearingContext } from '../context.ts'
import { transaction } from '../database.ts'
import { countUnderWay, listRunLines } from '../disputes/dispute-queries.ts'
import { findAnchor, listJournalLegs } from '../ledger/ledger-queries.ts'
import { sumFen } from '../money.ts'
import { refuse } from '../refusals.ts'
import { findDay, lockDay, markState } from '../settlement/clearing-day-queries.ts'
import { issueFiles, recordIssue, stands, type Issue } from '../settlement/issue-files.ts'
import type { Settlement } from '../settlement/settlement-schemas.ts'
import { loadParties, type DayPlan } from '../statements/day-plan.ts'
import { makePlanned } from '../statements/make-statements.ts'
import { listPublished, listStatementNumbers, numberStatements } from '../statements/statement-queries.ts'
import { receiversOf } from '../statements/statement-rules.ts'
import type { MadeFile, PublishedFile } from '../statements/statement-schemas.ts'
import {
  findRun,
  listRunFiles,
  listRunPositions,
  listRuns,
  listRunTotals,
  lockRun,
  markRun
} from './adjustment-queries.ts'
import { positionsOf } from './adjustment-rules.ts'
import type { AdjustmentRun } from './adjustment-schemas.ts'
import { adjustmentJournal, referenceOf } from './settle-adjustment.ts'

export async function publishAdjustment(
  context: ClearingContext,
  day: BusinessDay,
  { number, now }: { number: number; now: Date }
): Promise<PublishedFile[]> {
  const run = await findRun(context.sql, day, number)
  if (!run) throw refuse('adjustment-not-found', { day, number })
  if (!run.settledAt) throw refuse('adjustment-not-settled', { day, number })
  const issue: Issue = { day, adjustment: number }
  if (run.publishedAt && (await stands(context, issue))) return await listPublished(context.sql, day, number)
  await transaction(context.sql, async (tx) => {
    await lockRun(tx, run.id)
    const receivers = receiversOf(await runSettlement(tx, run), await listRunFiles(tx, run.id), [])
    await numberStatements(tx, issue, receivers)
  })
  const workshop = await mkdtemp(join(context.folders.published, '.adjusting-'))
  try {
    const made = await makeAdjustment(context, run, workshop)
    const signed = await issueFiles(context, issue, { made, workshop, now })
    await recordIssue(context, issue, signed, async (tx) => {
      if (!(await lockRun(tx, run.id)).publishedAt) await markRun(tx, run.id, { publishedAt: now })
      await settleDown(tx, day)
    })
  } finally {
    await rm(workshop, { recursive: true, force: true })
  }
  return await listPublished(context.sql, day, number)
}

/** Everything an adjustment publishes, made anew: the same bytes whenever that is done. */
export async function makeAdjustment(
  context: ClearingContext,
  run: AdjustmentRun,
  folder: string
): Promise<MadeFile[]> {
  return await makePlanned(context, await loadAdjustmentPlan(context, run), folder)
}

/** A day without a run under way is published again, or disputed. */
async function settleDown(tx: Parameters<typeof lockDay>[0], day: BusinessDay): Promise<void> {
  await lockDay(tx, day)
  if ((await listRuns(tx, day)).some((each) => each.publishedAt === null)) return
  await markState(tx, day, (await countUnderWay(tx, day)) > 0 ? 'disputed' : 'published')
}

async function loadAdjustmentPlan(
  context: Pick<ClearingContext, 'sql' | 'keys'>,
  run: AdjustmentRun
): Promise<DayPlan> {
  const { sql } = context
  const numbers = await listStatementNumbers(sql, run.day, run.number)
  return {
    ...(await loadParties(context, run.day, numbers)),
    settlement: await runSettlement(sql, run),
    adjustment: { number: run.number, reason: run.reason },
    files: await listRunFiles(sql, run.id),
    refused: [],
    corrections: await listRunLines(sql, run.id),
    notices: [],
    entries: await listJournalLegs(sql, adjustmentJournal, referenceOf(run)),
    anchor: (await findAnchor(sql, run.day))!
  }
}

/** A run in the words of a settled day: its value date is the day, and it was settled when it was posted. */
async function runSettlement(
  sql: ClearingContext['sql'] | Parameters<typeof lockDay>[0],
  run: AdjustmentRun
): Promise<Settlement> {
  const totals = await listRunTotals(sql, run.id)
  const positions = positionsOf(await listRunPositions(sql, run.id))
  return {
    day: run.day,
    state: (await findDay(sql, run.day))!.state,
    settledAt: run.settledAt!,
    files: (await listRunFiles(sql, run.id)).length,
    transactions: totals.reduce((sum, total) => sum + total.transactions, 0),
    entries: totals.reduce((sum, total) => sum + total.entries, 0),
    amount: sumFen(totals.map((total) => total.amount)),
    price: sumFen(totals.map((total) => total.price)),
    totals,
    positions,
    obligations: []
  }
}
