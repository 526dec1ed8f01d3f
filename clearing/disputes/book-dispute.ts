// Books an agreed dispute, by two persons: one proposes, another approves, and with that the reversal and the adjusted row stand in the
// day's open adjustment, which will settle them.
import { holdAdjustment } from '../adjustments/open-adjustment.ts'
import { transaction, type Database } from '../database.ts'
import { listAgreements } from '../participants/participant-queries.ts'
import { refuse } from '../refusals.ts'
import {
  findDispute,
  findTerms,
  insertEvent,
  insertLines,
  lockDispute,
  markBooked,
  markProposed
} from './dispute-queries.ts'
import { correctionLines } from './dispute-rules.ts'
import type { Dispute } from './dispute-schemas.ts'

export async function proposeBooking(
  { sql }: { sql: Database },
  id: number,
  { maker, now }: { maker: string; now: Date }
): Promise<Dispute> {
  await transaction(sql, async (tx) => {
    const dispute = await lockDispute(tx, id)
    if (dispute.state !== 'agreed') throw refuse('dispute-decided', { id, state: dispute.state })
    await markProposed(tx, id, maker)
    await insertEvent(tx, id, { at: now, event: 'proposed', by: maker, detail: '' })
  })
  return (await findDispute(sql, id))!
}

export async function approveBooking(
  { sql }: { sql: Database },
  id: number,
  { checker, now }: { checker: string; now: Date }
): Promise<Dispute> {
  await transaction(sql, async (tx) => {
    const dispute = await lockDispute(tx, id)
    if (dispute.state !== 'proposed') throw refuse('dispute-decided', { id, state: dispute.state })
    if (dispute.maker === checker) throw refuse('second-person-needed', { id })
    const agreement = (await listAgreements(tx, dispute.day)).find((each) => each.id === dispute.agreement)
    if (!agreement) throw refuse('agreement-missing', { acquirer: dispute.acquirer, issuer: dispute.issuer })
    const { feeRate } = await findTerms(tx, dispute.day)
    const run = await holdAdjustment(tx, dispute.day, { reason: '差错调整 disputes', now })
    await insertLines(tx, { run: run.id, dispute: id }, correctionLines(dispute, agreement, feeRate))
    await markBooked(tx, id, { checker, run: run.id })
    await insertEvent(tx, id, { at: now, event: 'booked', by: checker, detail: `${run.day}/${run.number}` })
  })
  return (await findDispute(sql, id))!
}
