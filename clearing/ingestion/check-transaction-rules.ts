// The record-level ladder (card.md §2.12, point 2): the first thing wrong with a line is its code. It reads columns and answers
// an index, so a million lines leave nothing behind. What a line says of itself (type, length, agreement of its segments) the
// format has judged while reading; duplicates and TACs come after this ladder.
import { errorIndex } from '../card-files/error-codes.ts'
import { isHotlisted, type Hotlist } from '../participants/hotlist.ts'
import type { FileProfile } from './file-profiles.ts'
import { disabledBin, unknownParticipant, type TransactionBatch } from './transaction-batch.ts'

/** Everything the ladder compares with; fixed for the whole file. */
export interface CheckTerms {
  profile: FileProfile
  /** Participants whose rides the sender of this file may bring. */
  acquirersOfSender: ReadonlySet<number>
  suspended: ReadonlySet<number>
  /** Those of other provinces, who settle through the national centre. */
  foreign: ReadonlySet<number>
  hotlist: Hotlist
  /** Of terminals whose security module is lost, by terminal number. */
  lostSams: Hotlist
  /** When the file was received, in milliseconds, and that Shanghai day as a batch counts days. */
  receivedAt: number
  receivedDay: number
}

/** Clocks of terminals may run ahead of ours by this much. */
const clockToleranceMs = 10 * 60_000

const wrongAmount = errorIndex('020026')
const unknownBin = errorIndex('020013')
const binDisabled = errorIndex('020076')
const unknownIssuer = errorIndex('020006')
const foreignBin = errorIndex('020010')
const unknownAcquirer = errorIndex('020041')
const suspendedAcquirer = errorIndex('020012')
const foreignAcquirer = errorIndex('020038')
const hotlisted = errorIndex('020009')
const overdue = errorIndex('020005')
const heldBack = errorIndex('029001')

/** Marks every row the format found nothing wrong with; answers how many are still good. */
export function checkTransactions(batch: TransactionBatch, terms: CheckTerms): number {
  let good = 0
  for (let row = 0; row < batch.count; row++) {
    if (batch.code[row] === 0) batch.code[row] = checkTransaction(batch, row, terms)
    if (batch.code[row] === 0) good++
  }
  return good
}

/** Index of the first thing wrong in errorCodes; 0 when nothing is. */
export function checkTransaction(batch: TransactionBatch, row: number, terms: CheckTerms): number {
  const amount = batch.amount[row]!
  const entry = batch.passage[row] === 1
  if (amount > terms.profile.amountMax || (entry && amount !== 0)) return wrongAmount
  if (amount === 0 && !entry && !terms.profile.freeRides) return wrongAmount

  const binIssuer = batch.binIssuer[row]!
  if (binIssuer === unknownParticipant) return unknownBin
  if (binIssuer === disabledBin) return binDisabled

  const issuer = batch.issuer[row]!
  if (issuer === unknownParticipant || terms.suspended.has(issuer)) return unknownIssuer
  if (terms.profile.ownCardsOnly && terms.foreign.has(issuer)) return unknownIssuer
  if (issuer !== binIssuer) return foreignBin

  const acquirer = batch.acquirer[row]!
  if (acquirer === unknownParticipant) return unknownAcquirer
  if (terms.suspended.has(acquirer)) return suspendedAcquirer
  if (!terms.acquirersOfSender.has(acquirer)) return foreignAcquirer

  if (terms.lostSams.size > 0 && isLost(batch, row, terms.lostSams)) return heldBack
  if (isListed(batch, row, terms.hotlist)) return hotlisted
  return isOverdue(batch, row, terms) || isAhead(batch, row, terms) ? overdue : 0
}

/** As of the time of travel: a card listed later was good when it travelled. The low word alone answers for nearly all. */
function isListed(batch: TransactionBatch, row: number, hotlist: Hotlist): boolean {
  const words = batch.cardNumberWords
  if (!hotlist.has(words[2 * row]!)) return false
  return isHotlisted(hotlist, { words, row, occurredAt: batch.occurredAt[row]!, grace: 0 })
}

function isLost(batch: TransactionBatch, row: number, lostSams: Hotlist): boolean {
  const words = batch.terminalNumberWords
  return isHotlisted(lostSams, { words, row, occurredAt: batch.occurredAt[row]!, grace: 0 })
}

function isOverdue(batch: TransactionBatch, row: number, { profile, receivedDay }: CheckTerms): boolean {
  return profile.overdueDays !== null && receivedDay - batch.day[row]! > profile.overdueDays
}

/** No code of the interface says "not yet"; it is the time window that is missed, so 020005 as well. */
export function isAhead(batch: TransactionBatch, row: number, { receivedAt }: CheckTerms): boolean {
  return batch.occurredAt[row]! > receivedAt + clockToleranceMs
}

/** Words for the reject where the code alone leaves a question open. */
export function detailOf(batch: TransactionBatch, row: number, terms: CheckTerms): string {
  if (batch.code[row] === heldBack) return `SAM ${String(batch.terminalNumber[row]).padStart(12, '0')}`
  if (batch.code[row] !== overdue) return ''
  return isAhead(batch, row, terms)
    ? 'the transaction lies in the future'
    : `${terms.receivedDay - batch.day[row]!} days old`
}
