// After a day is settled: prepares what each member is paid or asked for, has one person release it and another approve it, and sends it
// to the bank on the day it is due. Each step changes nothing when done again.
import { calendarDay, type BusinessDay } from '../business-day.ts'
import { transaction, type Database } from '../database.ts'
import { refuse } from '../refusals.ts'
import type { Bank } from './bank.ts'
import {
  insertInstructions,
  insertRun,
  listBooks,
  listOwed,
  listToSend,
  loadBankCalendar,
  lockRun,
  markApproved,
  markReleased,
  markSent
} from './payment-queries.ts'
import { explain, explanations, isPaidWith, nextBankingDay } from './payment-rules.ts'
import type { PaymentRun, Reconciled } from './payment-schemas.ts'

type Context = { sql: Database }

/** Due on the first banking day behind the clearing day. */
export async function preparePayments({ sql }: Context, day: BusinessDay, now: Date): Promise<void> {
  const dueOn = nextBankingDay(await loadBankCalendar(sql), day)
  await transaction(sql, async (tx) => {
    if (!(await insertRun(tx, day, now))) return
    const owed = (await listOwed(tx, day)).filter(({ cycle }) => isPaidWith(day, cycle))
    await insertInstructions(
      tx,
      owed.map(({ participant, fromDay, amount }) => ({ day, participant, fromDay, amount, dueOn }))
    )
  })
}

/** The first person. */
export async function releasePayments(
  { sql }: Context,
  day: BusinessDay,
  { maker, now }: { maker: string; now: Date }
): Promise<PaymentRun> {
  return await transaction(sql, async (tx) => {
    const run = await lockRun(tx, day)
    if (!run) throw refuse('payments-not-found', { day })
    if (run.releasedAt !== null) throw refuse('payments-not-possible', { reason: 'released already' })
    await markReleased(tx, day, maker, now)
    return (await lockRun(tx, day))!
  })
}

/** The second. */
export async function approvePayments(
  { sql }: Context,
  day: BusinessDay,
  { checker, now }: { checker: string; now: Date }
): Promise<PaymentRun> {
  return await transaction(sql, async (tx) => {
    const run = await lockRun(tx, day)
    if (!run) throw refuse('payments-not-found', { day })
    if (run.releasedAt === null || run.approvedAt !== null) throw refuse('payments-not-possible', { day })
    if (run.maker === checker) throw refuse('second-person-needed', { day })
    await markApproved(tx, day, checker, now)
    return (await lockRun(tx, day))!
  })
}

/** The bank is told before we note it: told twice, it does a key once. */
export async function sendPayments({ sql }: Context, bank: Bank, now: Date): Promise<void> {
  for (const { id, ...order } of await listToSend(sql, calendarDay(now))) {
    await bank.order({ key: keyOf(id), ...order })
    await transaction(sql, async (tx) => await markSent(tx, id, now))
  }
}

export function keyOf(instruction: number): string {
  return `P${instruction}`
}

/** Null when the purpose is not one of ours. */
export function instructionOf(purpose: string): number | null {
  const found = /^P(\d{1,9})$/.exec(purpose)
  return found ? Number(found[1]) : null
}

/** Ledger, instruction and bank side by side, and why they differ where they do. */
export async function reconcileDay({ sql }: Context, day: BusinessDay, now: Date): Promise<Reconciled[]> {
  return (await listBooks(sql, day)).map(({ approved, sent, inSuspense, ...books }) => {
    const told = explain({ ...books, instruction: books.amount, approved, sent, inSuspense }, calendarDay(now))
    const [chinese, english] = explanations[told]
    return { ...books, explanation: told, chinese, english }
  })
}
