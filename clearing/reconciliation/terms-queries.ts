// SQL of what is configured for payments: the bank's calendar and the members' terms.
import type { BusinessDay } from '../business-day.ts'
import type { Queryable, Transaction } from '../database.ts'
import type { Fen } from '../money.ts'

export async function insertBankCalendar(
  tx: Transaction,
  days: readonly { day: BusinessDay; open: boolean; name: string }[]
): Promise<void> {
  await tx`
    insert into bank_calendar ${tx(days.map((day) => ({ ...day, sample: true })))} on conflict (day) do nothing`
}

/** Issuers keep a reserve; every fifth member settles by the month. Answers how many were new. */
export async function insertSampleTerms(tx: Transaction): Promise<number> {
  const { count } = await tx`
    insert into settlement_terms (participant, cycle, reserve_required, sample)
    select id, case when row_number() over (order by code) % 5 = 0 then 'monthly' else 'daily' end,
      case when role = 'issuer' then 2000000 else 0 end, true
    from participant where role in ('issuer', 'acquirer') on conflict (participant) do nothing`
  return count
}

export async function listMembersWithTerms(sql: Queryable): Promise<{ code: string; reserveRequired: Fen }[]> {
  return await sql<{ code: string; reserveRequired: Fen }[]>`
    select participant.code, terms.reserve_required from settlement_terms as terms
      join participant on participant.id = terms.participant
    where terms.reserve_required > 0 order by participant.code`
}
