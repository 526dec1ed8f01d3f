// A line the national centre rejected goes back to the acquirer it came from: as a chargeback of the whole amount that is agreed already, so
// that two persons book it like any other correction, and both sides are told by AD.
import { describeError } from '../card-files/error-codes.ts'
import type { BusinessDay } from '../business-day.ts'
import { transaction, type Database, type Transaction } from '../database.ts'
import { findOriginal, insertDispute, insertEvent, listEarlier, markAnswered } from '../disputes/dispute-queries.ts'
import { findFile } from '../ingestion/file-queries.ts'
import { agreementFor } from '../participants/agreement-rules.ts'
import { findNationalCentre, listAgreements } from '../participants/participant-queries.ts'
import { lockDay, markState } from '../settlement/clearing-day-queries.ts'
import { listDayFiles } from '../statements/statement-queries.ts'
import { serialsBefore } from '../statements/statement-rules.ts'
import { bindDispute, listRejectedLines, type OpenDifference } from './difference-queries.ts'

const linesAtOnce = 500
/** 其他: the interface's own code is in the evidence. */
const reason = '9199'

/** Those under another dispute wait until it is decided. */
export async function returnRejectedLines({ sql }: { sql: Database }, now: Date): Promise<number> {
  let returned = 0
  for (const difference of await listRejectedLines(sql, linesAtOnce))
    if (await transaction(sql, async (tx) => await returnLine(tx, sql, { difference, now }))) returned++
  return returned
}

async function returnLine(
  tx: Transaction,
  sql: Database,
  { difference, now }: { difference: OpenDifference; now: Date }
): Promise<boolean> {
  const [fileId, lineNumber] = difference.reference.split(':').map(Number) as [number, number]
  const file = (await findFile(sql, fileId))!
  const day = file.clearingDay as BusinessDay
  const row = (await lockDay(tx, day))!
  const earlier = await listEarlier(tx, fileId, lineNumber)
  if (earlier.some(({ state }) => state === 'raised' || state === 'agreed' || state === 'proposed')) return false
  const original = (await findOriginal(tx, fileId, lineNumber))!
  const centre = (await findNationalCentre(tx))!
  const { acquirer, issuer, service, amount } = original
  const dispute = await insertDispute(tx, {
    kind: 'chargeback',
    reason,
    fileId,
    lineNumber,
    day,
    serial: serialsBefore(await listDayFiles(tx, day)).get(fileId)! + lineNumber,
    acquirer,
    issuer,
    service,
    agreement: agreementFor(await listAgreements(tx, day), original)!.id,
    amount,
    adjustedAmount: 0,
    raisedBy: issuer,
    answeredBy: acquirer,
    raisedAt: now,
    answerDue: now
  })
  const detail = `${difference.detail} ${describeError(difference.detail)?.chinese ?? ''}`.trim()
  await insertEvent(tx, dispute, { at: now, event: 'raised', by: centre.code, detail })
  await markAnswered(tx, dispute, { state: 'agreed', lapsed: false, now })
  await bindDispute(tx, difference.id, dispute)
  if (row.state === 'published') await markState(tx, day, 'disputed')
  return true
}
