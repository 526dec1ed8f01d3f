// Pure rules of the money behind a day: banking days, who is paid what and when, what a line of the bank fits, how much reserve is
// asked for, and why three books that should say the same do not. The figures are our own choice, and configurable.
import { addDays, type BusinessDay } from '../business-day.ts'
import { fen, zeroFen, type Fen } from '../money.ts'

export interface PaymentTerms {
  /** A bank may keep so much of a payment as its charge, in fen. */
  tolerance: Fen
  /** Whole days after which a line nobody could place is an alarm. */
  alarmDays: number
  /** Nobody writes off more than this, in fen. */
  writeOffMax: Fen
}

export const samplePaymentTerms: PaymentTerms = { tolerance: fen(5), alarmDays: 3, writeOffMax: fen(10_000) }

/** Days that differ from the week. */
export type BankCalendar = ReadonlyMap<BusinessDay, { open: boolean; name: string }>

export function isBankingDay(calendar: BankCalendar, day: BusinessDay): boolean {
  const weekday = new Date(`${day}T00:00:00Z`).getUTCDay()
  return calendar.get(day)?.open ?? (weekday !== 0 && weekday !== 6)
}

/** The first banking day behind this one. */
export function nextBankingDay(calendar: BankCalendar, day: BusinessDay): BusinessDay {
  let next = addDays(day, 1)
  while (!isBankingDay(calendar, next)) next = addDays(next, 1)
  return next
}

/** Days without banks between this one and the next banking day. */
export function closedDaysAfter(calendar: BankCalendar, day: BusinessDay): number {
  let days = 0
  while (!isBankingDay(calendar, addDays(day, days + 1))) days++
  return days
}

/** A monthly member is paid with the last clearing day of its month. */
export function isPaidWith(day: BusinessDay, cycle: 'daily' | 'monthly'): boolean {
  return cycle === 'daily' || addDays(day, 1).slice(0, 7) !== day.slice(0, 7)
}

/** So many days without banks must be covered in advance as well. */
export function reserveRequired(perDay: Fen, closedDays: number): Fen {
  return fen(perDay * (1 + closedDays))
}

/** What is missing of the reserve; 0 when it is enough. */
export function topUpOf(balance: Fen, required: Fen): Fen {
  return balance < required ? fen(required - balance) : zeroFen
}

export type Placement =
  | { to: 'instruction'; difference: Fen }
  | { to: 'reserve' | 'returned' }
  | { to: 'suspense'; reason: 'unknown-purpose' | 'other-amount' | 'paid-twice' }

export interface Expected {
  /** Of the instruction whose key the line bears. */
  amount: Fen
  confirmed: boolean
}

/** What a line of the bank is, from its purpose and its amount alone. */
export function placeLine(
  line: { amount: Fen; isReserve: boolean; isReturn: boolean },
  expected: Expected | undefined,
  { tolerance }: PaymentTerms
): Placement {
  if (line.isReturn) return { to: 'returned' }
  if (line.isReserve && line.amount > 0) return { to: 'reserve' }
  if (!expected) return { to: 'suspense', reason: 'unknown-purpose' }
  if (expected.confirmed) return { to: 'suspense', reason: 'paid-twice' }
  const difference = fen(line.amount + expected.amount)
  if (Math.abs(difference) > tolerance) return { to: 'suspense', reason: 'other-amount' }
  return { to: 'instruction', difference }
}

export const explanations = {
  agrees: ['三方一致', 'all three agree'],
  'within-tolerance': ['差额在容差之内，计入尾差', 'differs within the tolerance; booked as rounding'],
  'not-approved': ['付款指令待复核', 'the payment waits for approval'],
  'not-due': ['未到起息日（节假日顺延）', 'not due yet; holidays put it off'],
  'in-flight': ['已发银行，待确认', 'sent, not confirmed yet'],
  late: ['逾期未确认', 'due, and not confirmed'],
  'in-suspense': ['银行到账金额不符，在挂账中', 'the bank moved another amount, which is in suspense'],
  'books-differ': ['指令与账簿不符，请核查', 'the instruction is not what the ledger owes']
} as const
export type Explanation = keyof typeof explanations

export interface ThreeBooks {
  /** What the settled days posted. */
  ledger: Fen
  instruction: Fen
  /** What the bank moved towards the member; null until it did. */
  bank: Fen | null
  approved: boolean
  sent: boolean
  inSuspense: boolean
  dueOn: BusinessDay
}

/** The first reason that holds. */
export function explain(books: ThreeBooks, today: BusinessDay): Explanation {
  if (books.ledger !== books.instruction) return 'books-differ'
  if (books.bank !== null) return books.bank === books.instruction ? 'agrees' : 'within-tolerance'
  if (books.inSuspense) return 'in-suspense'
  if (!books.approved) return 'not-approved'
  if (today < books.dueOn) return 'not-due'
  return today === books.dueOn || !books.sent ? 'in-flight' : 'late'
}
