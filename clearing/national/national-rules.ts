// What an answer of the national centre means for a line we sent, and whether its sums are those of its lines. Pure.
import type { BusinessDay } from '../business-day.ts'
import { addExact, fen, roundExact, subtractExact, zeroExactFen, type ExactFen, type Fen } from '../money.ts'

export type DifferenceKind =
  | 'file-refused'
  | 'line-rejected'
  | 'unanswered'
  | 'unknown-line'
  | 'keep-differs'
  | 'sums-differ'
  | 'their-line-rejected'

export interface Difference {
  kind: DifferenceKind
  reference: string
  amount: Fen
  detail: string
}

/** A line of an FB: what they say became of ours. */
export interface Answer {
  cardNumber: string
  cardSequence: number
  occurredAt: Date
  amount: Fen
  code: string
  /** Fee less our share of it: what stays on their side. */
  keep: ExactFen
}

export interface Sent {
  fileId: number
  lineNumber: number
  amount: Fen
  expectedKeep: ExactFen
}

/** Null when their answer is what we reckoned with. */
export function judgeAnswer(answer: Answer, sent: Sent | undefined): Difference | null {
  const key = `${answer.cardNumber}/${answer.cardSequence}/${answer.occurredAt.toISOString()}`
  if (!sent || sent.amount !== answer.amount)
    return { kind: 'unknown-line', reference: key, amount: answer.amount, detail: sent ? `we sent ${sent.amount}` : '' }
  const reference = `${sent.fileId}:${sent.lineNumber}`
  if (answer.code !== '000000') return { kind: 'line-rejected', reference, amount: answer.amount, detail: answer.code }
  if (subtractExact(answer.keep, sent.expectedKeep) === zeroExactFen) return null
  const detail = `they keep ${answer.keep}, we reckoned ${sent.expectedKeep}`
  return { kind: 'keep-differs', reference, amount: roundExact(subtractExact(answer.keep, sent.expectedKeep)), detail }
}

/** What the lines of a day of theirs came to, as FB and CL say; and its CR and BP. */
export interface TheirDay {
  day: BusinessDay
  lines: number
  amount: Fen
  /** Exact; positive: they owe us. */
  income: ExactFen
  expense: ExactFen
}

export function judgeTotals(theirs: TheirDay, said: { lines: number; amount: Fen }): Difference | null {
  if (said.lines === theirs.lines && said.amount === theirs.amount) return null
  const detail = `CR: ${said.lines} lines of ${said.amount} fen; its lines: ${theirs.lines} of ${theirs.amount}`
  return { kind: 'sums-differ', reference: `CR ${theirs.day}`, amount: fen(said.amount - theirs.amount), detail }
}

export function judgePosition(theirs: TheirDay, said: { income: Fen; expense: Fen }): Difference | null {
  const [income, expense] = [roundExact(theirs.income), roundExact(theirs.expense)]
  if (said.income === income && said.expense === expense) return null
  const amount = fen(said.income - said.expense - (income - expense))
  const detail = `BP: ${said.income} − ${said.expense}; its lines: ${income} − ${expense}`
  return { kind: 'sums-differ', reference: `BP ${theirs.day}`, amount, detail }
}

/** Days we wait for the answer to a line before we ask. */
export const answerDays = 3
/** And then again after so many hours. */
export const chaseAgainHours = 24

/** The account we hold for them, against theirs for us. All signed: positive, they owe us. */
export interface AccountComparison {
  ours: Fen
  theirs: Fen
  /** What explains the difference: on its way, rejected there and not yet taken back here, other fees, and theirs that we did not take. */
  unanswered: ExactFen
  rejected: ExactFen
  feeDifferences: ExactFen
  notTaken: ExactFen
}

/** What nothing explains, beyond the rounding of so many days. */
export function unexplained(comparison: AccountComparison, days: number): Fen {
  const { ours, theirs, unanswered, rejected, feeDifferences, notTaken } = comparison
  const explained = addExact(unanswered, rejected, feeDifferences, notTaken)
  const rest = roundExact(subtractExact(fen(ours - theirs), explained))
  return Math.abs(rest) <= 2 * days ? fen(0) : rest
}
