// Settles a closed clearing day: sums its transactions by agreement, rates and nets them, posts the positions to the ledger and
// signs the ledger's head. All in one transaction; settling a settled day answers with what was settled.
import type { KeyStore } from '../../card-crypto/key-store.ts'
import type { BusinessDay } from '../business-day.ts'
import { transaction, type Database, type Queryable, type Transaction } from '../database.ts'
import { postJournal } from '../ledger/post-journal.ts'
import { signAnchor } from '../ledger/sign-anchor.ts'
import type { Leg } from '../ledger/journal.ts'
import { fen, sumFen } from '../money.ts'
import { agreementFor } from '../participants/agreement-rules.ts'
import { findClearingCentre, listAgreements, loadAccounts } from '../participants/participant-queries.ts'
import { atAccounts } from '../participants/route-rules.ts'
import { startProgress } from '../progress-queries.ts'
import { feeFor } from '../rating/fee-rules.ts'
import { refuse } from '../refusals.ts'
import { findDay, findEarlierDay, lockDay, markSettled } from './clearing-day-queries.ts'
import { assertBalanced, net, netOf, type AgreementTotal, type Netting, type RatedTotal } from './net-rules.ts'
import {
  insertPositions,
  insertTotals,
  listTransfers,
  listObligations,
  listPositions,
  listTotals,
  sumByAgreement,
  sumChunks,
  sumFiles
} from './settlement-queries.ts'
import type { Settlement } from './settlement-schemas.ts'
import { withTransfers } from './transfer-rules.ts'

export const settlementJournal = 'settlement'

export async function settleDay(
  context: { sql: Database; keys: KeyStore },
  day: BusinessDay,
  now: Date
): Promise<Settlement> {
  const row = await findDay(context.sql, day)
  const progress =
    row?.state === 'closed' ? await startProgress(context.sql, `settle:${day}`, stages.length) : undefined
  const report = (stage: (typeof stages)[number]) => progress?.at(stage, stages.indexOf(stage))
  try {
    const settlement = await transaction(
      context.sql,
      async (tx) => await settle(tx, context.keys, { day, now, report })
    )
    await progress?.end('done')
    return settlement
  } catch (error) {
    await progress?.end('failed', error instanceof Error ? error.message : '')
    throw error
  }
}

const stages = ['sum', 'rate', 'post', 'anchor'] as const

interface Order {
  day: BusinessDay
  now: Date
  report: (stage: (typeof stages)[number]) => void
}

async function settle(tx: Transaction, keys: KeyStore, { day, now, report }: Order): Promise<Settlement> {
  if (await openSettlement(tx, day)) return (await findSettlement(tx, day))!
  report('sum')
  const totals = await sumByAgreement(tx, day)
  await assertNothingLost(tx, day, totals)
  report('rate')
  const rated = await rateTotals(tx, day, totals)
  const centre = await findClearingCentre(tx)
  const netting = withTransfers(net(atAccounts(rated, await loadAccounts(tx)), centre.id), await listTransfers(tx, day))
  assertBalanced(netting)
  report('post')
  await insertTotals(tx, day, rated)
  await insertPositions(tx, day, netting)
  const legs = legsOf(netting, centre.id)
  await postJournal(tx, { day, kind: settlementJournal, reference: day, postedAt: now, legs })
  report('anchor')
  await signAnchor(tx, keys, day, now)
  await markSettled(tx, day, now)
  return (await findSettlement(tx, day))!
}

/** What a day was settled to; undefined before it is. */
export async function findSettlement(sql: Queryable, day: BusinessDay): Promise<Settlement | undefined> {
  const row = await findDay(sql, day)
  if (!row?.settledAt) return undefined
  const totals = await listTotals(sql, day)
  return {
    day,
    state: row.state,
    settledAt: row.settledAt,
    files: (await sumFiles(sql, day)).files,
    transactions: totals.reduce((sum, total) => sum + total.transactions, 0),
    entries: totals.reduce((sum, total) => sum + total.entries, 0),
    amount: sumFen(totals.map((total) => total.amount)),
    price: sumFen(totals.map((total) => total.price)),
    totals,
    positions: await listPositions(sql, day),
    obligations: await listObligations(sql, day)
  }
}

/** Each total with the agreement of its day and the exact fee. */
export async function rateTotals(
  sql: Queryable,
  day: BusinessDay,
  totals: readonly AgreementTotal[]
): Promise<RatedTotal[]> {
  const agreements = await listAgreements(sql, day)
  return totals.map((total) => {
    const agreement = agreementFor(agreements, total)
    if (!agreement) throw refuse('agreement-missing', { acquirer: total.acquirer, issuer: total.issuer })
    return { ...total, agreement: agreement.id, ...feeFor(total.amount, agreement) }
  })
}

/** Members by their settlement accounts; the centre by its fees, and by what rounding left over. */
export function legsOf(netting: Netting, centre: number): Leg[] {
  const legs = netting.positions.flatMap((position): Leg[] => {
    const { participant } = position
    const amount = netOf(position)
    if (participant !== centre) return [{ participant, account: 'settlement', amount }]
    return [
      { participant, account: 'fees', amount: netting.centreFees },
      { participant, account: 'rounding', amount: fen(amount - netting.centreFees) }
    ]
  })
  return legs.filter((leg) => leg.amount !== 0)
}

/** Locks the day; true when it was settled before. */
async function openSettlement(tx: Transaction, day: BusinessDay): Promise<boolean> {
  const row = await lockDay(tx, day)
  if (!row) throw refuse('clearing-day-not-found', { day })
  if (row.settledAt) return true
  if (row.state !== 'closed') throw refuse('clearing-day-not-closed', { day })
  const earlier = await findEarlierDay(tx, day, ['open', 'closing', 'closed'])
  if (earlier) throw refuse('earlier-day-open', { day: earlier })
  return false
}

/** The rows must come to what ingestion counted, in its files and in its chunks; otherwise rows were lost or made since. */
async function assertNothingLost(tx: Transaction, day: BusinessDay, totals: readonly AgreementTotal[]): Promise<void> {
  const rows = {
    accepted: totals.reduce((sum, total) => sum + total.transactions + total.entries, 0),
    amount: sumFen(totals.map((total) => total.amount))
  }
  const files = await sumFiles(tx, day)
  const chunks = await sumChunks(tx, day)
  for (const counted of [files, chunks])
    if (counted.accepted !== rows.accepted || counted.amount !== rows.amount)
      throw refuse('settlement-sums-differ', { day, rows, files, chunks })
}
