// A partner's file of a day is held against ours, under the caller's own id; what differs is kept.
import { sm3 } from '../../card-crypto/sm3.ts'
import { equalConstantTime } from '../../card-crypto/bytes.ts'
import { transaction, type Database } from '../../clearing/database.ts'
import type { BusinessDay } from '../../clearing/business-day.ts'
import { refuse } from '../refusals.ts'
import type { Party } from './party-queries.ts'
import { compareDays, ourDay, readTicketDays } from './reconcile-rules.ts'
import { findReconciliation, insertReconciliation, type Reconciliation } from './reconciliation-queries.ts'
import { findPlatform, listPartyLines } from './statement-queries.ts'

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
  const platform = (await findPlatform(sql)) ?? 0
  const lines = await listPartyLines(sql, party.id, day)
  const ours = ourDay(lines, { party: party.id, platform, isChannel: party.role === 'channel' })
  const { agreed, differences } = compareDays(ours, theirs)
  await transaction(sql, async (tx) => {
    const row = { id, party: party.id, day, digest, lines: theirs.size, agreed, receivedAt: now }
    await insertReconciliation(tx, row, differences)
  })
  return (await findReconciliation(sql, id))!
}
