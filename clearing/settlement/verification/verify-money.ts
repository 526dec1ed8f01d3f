// The money of a settled day computed again: sums from the rows, fees by the agreements, positions and obligations by the netting
// rules, and the ledger's legs; each must be what is on record.
import type { BusinessDay } from '../../business-day.ts'
import type { Queryable } from '../../database.ts'
import { listJournalLegs } from '../../ledger/ledger-queries.ts'
import { sumFen, yuan } from '../../money.ts'
import { findClearingCentre, loadAccounts } from '../../participants/participant-queries.ts'
import { atAccounts } from '../../participants/route-rules.ts'
import { assertBalanced, net, type Netting, type RatedTotal } from '../net-rules.ts'
import { legsOf, rateTotals, settlementJournal } from '../settle-day.ts'
import { listTransfers, listObligations, listPositions, listTotals, sumByAgreement } from '../settlement-queries.ts'
import { withTransfers } from '../transfer-rules.ts'
import { Unsound } from './unsound.ts'

export async function verifyMoney(sql: Queryable, day: BusinessDay): Promise<string> {
  const { rated, netting } = await compute(sql, day)
  assertSame(
    'settled total',
    rated,
    await listTotals(sql, day),
    ({ acquirer, issuer, service }) => `${acquirer}×${issuer}×${service}`
  )
  assertBalanced(netting)
  assertSame('position', netting.positions, await listPositions(sql, day), ({ participant }) => `${participant}`)
  assertSame(
    'obligation',
    netting.obligations,
    await listObligations(sql, day),
    ({ payer, payee }) => `${payer}→${payee}`
  )
  const amount = yuan(sumFen(rated.map((total) => total.amount)))
  return `${amount} yuan in ${rated.length} totals; positions sum to zero, obligations add up to them`
}

/** What the ledger posted for the day is what its positions say. */
export async function verifyLedgerLegs(sql: Queryable, day: BusinessDay): Promise<string> {
  const { netting } = await compute(sql, day)
  const centre = await findClearingCentre(sql)
  const posted = await listJournalLegs(sql, settlementJournal, day)
  const plain = posted.map(({ participant, account, amount }) => ({ participant, account, amount }))
  assertSame('ledger leg', legsOf(netting, centre.id), plain, ({ participant, account }) => `${participant} ${account}`)
  return posted.length === 0 ? 'nothing to post' : `entries ${posted[0]!.sequence}–${posted.at(-1)!.sequence}`
}

async function compute(sql: Queryable, day: BusinessDay): Promise<{ rated: RatedTotal[]; netting: Netting }> {
  const rated = await rateTotals(sql, day, await sumByAgreement(sql, day))
  const centre = await findClearingCentre(sql)
  const netting = net(atAccounts(rated, await loadAccounts(sql)), centre.id)
  return { rated, netting: withTransfers(netting, await listTransfers(sql, day)) }
}

/** Compares record by record, field by field of what was computed, in any order. */
function assertSame<Row extends object>(what: string, computed: Row[], stored: Row[], key: (row: Row) => string): void {
  const open = new Map(stored.map((row) => [key(row), row]))
  for (const row of computed) {
    const found = open.get(key(row))
    if (!found) throw new Unsound(`${what} ${key(row)} is not on record`)
    const field = (Object.keys(row) as (keyof Row)[]).find((name) => String(row[name]) !== String(found[name]))
    if (field !== undefined)
      throw new Unsound(
        `${what} ${key(row)}: ${String(field)} is ${String(found[field])} on record, ${String(row[field])} by the rules`
      )
    open.delete(key(row))
  }
  for (const extra of open.keys()) throw new Unsound(`${what} ${extra} is on record but follows from nothing`)
}
