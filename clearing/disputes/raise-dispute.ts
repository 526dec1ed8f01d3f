// Raises a dispute about one line of a published day, by one of its two parties; the other has until its deadline to answer.
import { describeError, type ErrorCode } from '../card-files/error-codes.ts'
import type { BusinessDay } from '../business-day.ts'
import { transaction, type Database, type Transaction } from '../database.ts'
import { findFile } from '../ingestion/file-queries.ts'
import { agreementFor } from '../participants/agreement-rules.ts'
import { findParticipant, listAgreements } from '../participants/participant-queries.ts'
import { refuse } from '../refusals.ts'
import { lockDay, markState } from '../settlement/clearing-day-queries.ts'
import { listDayFiles } from '../statements/statement-queries.ts'
import { serialsBefore } from '../statements/statement-rules.ts'
import type { DisputeKind } from './dispute-codes.ts'
import {
  findDispute,
  findOriginal,
  findTerms,
  insertDispute,
  insertEvent,
  listEarlier,
  type Original
} from './dispute-queries.ts'
import { answerDue, disputeFault } from './dispute-rules.ts'
import type { Dispute } from './dispute-schemas.ts'

export interface RaisedDispute {
  /** FILE:LINE */
  transaction: string
  kind: DisputeKind
  reason: string
  adjustedAmount: number
  /** Code of the party. */
  raisedBy: string
}

/** Throws 'dispute-refused' with the interface's code, 'transaction-not-found' and 'participant-not-found'. */
export async function raiseDispute({ sql }: { sql: Database }, request: RaisedDispute, now: Date): Promise<Dispute> {
  const raiser = await findParticipant(sql, request.raisedBy)
  if (!raiser) throw refuse('participant-not-found', { participant: request.raisedBy })
  const { day, fileId, lineNumber } = await placeOf(sql, request.transaction)
  const id = await transaction(sql, async (tx) => {
    const row = (await lockDay(tx, day))!
    const original = await findOriginal(tx, fileId, lineNumber)
    if (!original) throw refused('020007')
    const earlier = await listEarlier(tx, fileId, lineNumber)
    const terms = await findTerms(tx, day)
    const asked = { ...request, raisedBy: raiser.id }
    const fault = disputeFault(asked, { ...original, day, publishedAt: row.publishedAt }, { terms, earlier, now })
    if (fault) throw refused(fault)
    const dispute = await insertDispute(tx, {
      kind: request.kind,
      reason: request.reason,
      fileId,
      lineNumber,
      day,
      serial: (await serialOf(tx, day, fileId)) + lineNumber,
      ...partiesOf(original, raiser.id),
      agreement: await agreementOf(tx, day, original),
      amount: original.amount,
      adjustedAmount: request.adjustedAmount,
      raisedAt: now,
      answerDue: answerDue(now, terms)
    })
    await insertEvent(tx, dispute, {
      at: now,
      event: 'raised',
      by: raiser.code,
      detail: `${request.kind} ${request.reason}`
    })
    if (row.state === 'published') await markState(tx, day, 'disputed')
    return dispute
  })
  return (await findDispute(sql, id))!
}

function partiesOf({ acquirer, issuer, service }: Original, raisedBy: number) {
  return { acquirer, issuer, service, raisedBy, answeredBy: raisedBy === acquirer ? issuer : acquirer }
}

/** Lines of an adjustment cannot be disputed in their turn yet: they have no serial of the day. */
async function placeOf(sql: Database, id: string): Promise<{ day: BusinessDay; fileId: number; lineNumber: number }> {
  const match = /^(\d{1,9}):(\d{1,9})$/.exec(id)
  const file = match ? await findFile(sql, Number(match[1])) : undefined
  if (!file?.clearingDay) throw refuse('transaction-not-found', { id })
  return { day: file.clearingDay, fileId: file.id, lineNumber: Number(match![2]) }
}

async function serialOf(tx: Transaction, day: BusinessDay, file: number): Promise<number> {
  return serialsBefore(await listDayFiles(tx, day)).get(file)!
}

async function agreementOf(tx: Transaction, day: BusinessDay, original: Original): Promise<number> {
  const agreement = agreementFor(await listAgreements(tx, day), original)
  if (!agreement) throw refuse('agreement-missing', { acquirer: original.acquirer, issuer: original.issuer })
  return agreement.id
}

function refused(code: ErrorCode) {
  const { chinese, english } = describeError(code)!
  return refuse('dispute-refused', { code, chinese, english })
}
