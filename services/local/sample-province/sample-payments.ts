// Members' terms, the days banks are closed in 2026, and what members sent by themselves: most of them a reserve that is enough, one too
// little, and somebody money that says nothing. The holidays are those announced for 2026; terms and amounts are ours.
import { transaction, type Database } from '../../../clearing/database.ts'
import { addDays, type BusinessDay } from '../../../clearing/business-day.ts'
import { fen } from '../../../clearing/money.ts'
import { sendToBank } from '../../clearing-desk/money/simulated-bank.ts'
import {
  insertBankCalendar,
  insertSampleTerms,
  listMembersWithTerms
} from '../../../clearing/reconciliation/terms-queries.ts'

const holidays = [
  ['元旦', '2026-01-01', 3],
  ['春节', '2026-02-15', 9],
  ['清明节', '2026-04-04', 3],
  ['劳动节', '2026-05-01', 5],
  ['端午节', '2026-06-19', 3],
  ['中秋节', '2026-09-25', 3],
  ['国庆节', '2026-10-01', 7]
] as const
const workingWeekends = ['2026-01-04', '2026-02-14', '2026-02-28', '2026-05-09', '2026-09-20', '2026-10-10']

export async function laySamplePayments(sql: Database, now: Date): Promise<void> {
  const closed = holidays.flatMap(([name, first, days]) =>
    Array.from({ length: days }, (_, index) => ({ day: addDays(first as BusinessDay, index), open: false, name }))
  )
  const working = workingWeekends.map((day) => ({ day: day as BusinessDay, open: true, name: '调休上班' }))
  const laid = await transaction(sql, async (tx) => {
    await insertBankCalendar(tx, [...closed, ...working])
    return await insertSampleTerms(tx)
  })
  if (laid === 0) return
  for (const [index, { code, reserveRequired }] of (await listMembersWithTerms(sql)).entries()) {
    const share = [3.2, 2.4, 1.1, 0.6][index % 4]!
    const line = { purpose: `RESERVE ${code}`, counterparty: code, amount: fen(Math.round(reserveRequired * share)) }
    await sendToBank(sql, line, now)
  }
  await sendToBank(sql, { purpose: '货款', counterparty: '某某商贸', amount: fen(128_800) }, now)
}
