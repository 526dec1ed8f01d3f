// A partner's file of a day is held against ours, under the caller's own id; what differs is kept.
import { sm3 } from '../../../card-crypto/sm3.ts'
import { equalConstantTime } from '../../../card-crypto/bytes.ts'
import { transaction, type Database, type Queryable } from '../../../clearing/database.ts'
import type { BusinessDay } from '../../../clearing/business-day.ts'
import { refuse } from '../../refusals.ts'
import type { Party } from '../party-queries.ts'
import { compareDays, ourDay, readTicketDays, type TicketDay } from './reconcile-rules.ts'
import { findReconciliation, insertReconciliation, type Reconciliation } from './reconciliation-queries.ts'
import { findPlatform, listPartyLines } from '../statement-queries.ts'

/** Throws the refusals reconciliation-malformed, with the rows, and reconciliation-id-reused. */
export async function reconcileSales(
  sql: Database,
  { id, party, day, text }: { id: string; party: Party; day: BusinessDay; text: string },
  now: Date
): Promise<Reconciliation> {
  const digest = sm3(Buffer.from(text))
  const known = await findReconciliation(sql, id)
  if (known) {
    if (known.party !== party.code || known.day !== day || !equalConstantTime(known.digest, digest))
      throw refuse('reconciliation-id-reused')
    return known
  }
  const { days: theirs, bad } = readTicketDays(text)
  if (bad.length > 0) throw refuse('reconciliation-malformed', { rows: bad })
  const ours = await ourTickets(sql, party, day)
  const { agreed, differences } = compareDays(ours, theirs)
  await transaction(sql, async (tx) => {
    const row = { id, party: party.id, day, digest, lines: theirs.size, agreed, receivedAt: now }
    await insertReconciliation(tx, row, differences)
  })
  return (await findReconciliation(sql, id))!
}

/** Ours as a partner would write it: `ticketNo,state,amount`, in the order of ticket numbers. */
export async function ourTicketDays(sql: Queryable, party: Party, day: BusinessDay): Promise<string> {
  const ours = await ourTickets(sql, party, day)
  const rows = [...ours].toSorted(([a], [b]) => (a < b ? -1 : 1))
  return ['ticketNo,state,amount', ...rows.map(([no, { state, amount }]) => `${no},${state},${amount}`), ''].join('\n')
}

async function ourTickets(sql: Queryable, party: Party, day: BusinessDay): Promise<Map<string, TicketDay>> {
  const platform = (await findPlatform(sql)) ?? 0
  const lines = await listPartyLines(sql, party.id, day)
  return ourDay(lines, { party: party.id, platform, isChannel: party.role === 'channel' })
}
