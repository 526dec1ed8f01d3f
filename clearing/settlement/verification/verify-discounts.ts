// The discounts of a day, checked again: its rides, one by one, come to the legs on record, and the ledger holds what those say.
import type { BusinessDay } from '../../business-day.ts'
import type { Queryable } from '../../database.ts'
import { listJournalLegs } from '../../ledger/ledger-queries.ts'
import { discountJournal, ledgerLegs, referenceOf } from '../../rating/months/price-rides.ts'
import { countWrongPrices, findDiscountRun, listLegs, sumLegs } from '../../rating/months/run-queries.ts'
import { Unsound } from './unsound.ts'

export async function verifyDiscounts(sql: Queryable, day: BusinessDay): Promise<string> {
  const source = { day, adjustment: null }
  const run = await findDiscountRun(sql, source)
  if (!run) return 'not priced yet'
  const wrong = await countWrongPrices(sql, run.id)
  if (wrong > 0) throw new Unsound(`${wrong} rides are not what their lines and the counters before them say`)
  const legs = await listLegs(sql, run.id)
  if (JSON.stringify(await sumLegs(sql, run.id)) !== JSON.stringify(legs))
    throw new Unsound('the legs are not what the rides come to')
  const posted = (await listJournalLegs(sql, discountJournal, referenceOf(source))).map(
    ({ participant, account, amount }) => `${participant} ${account} ${amount}`
  )
  const due = ledgerLegs(legs).map(({ participant, account, amount }) => `${participant} ${account} ${amount}`)
  if (posted.toSorted().join('\n') !== due.toSorted().join('\n'))
    throw new Unsound('the ledger does not hold what the legs say')
  return `${run.rides} rides priced, ${legs.length} legs, ${posted.length} postings`
}
