// Money nobody could place, with its age and its way to zero: one person says what it is, another approves, and a journal takes it out of
// suspense. It is assigned to the payment it was meant for, returned to who sent it, or, when it is little, written off.
import { calendarDay, daysBetween } from '../business-day.ts'
import { transaction, type Database, type Queryable, type Transaction } from '../database.ts'
import { holdOpenDay } from '../ingestion/file-queries.ts'
import type { Leg } from '../ledger/journal.ts'
import { postJournal } from '../ledger/post-journal.ts'
import { fen } from '../money.ts'
import { findClearingCentre } from '../participants/participant-queries.ts'
import { refuse } from '../refusals.ts'
import type { Bank, BankOrder } from './bank.ts'
import { lockInstruction, markConfirmed } from './payment-queries.ts'
import { samplePaymentTerms } from './payment-rules.ts'
import type { SuspenseItem } from './payment-schemas.ts'
import {
  listSuspenseRows,
  lockSuspense,
  markCleared,
  markProposed,
  returned,
  type SuspenseRow
} from './suspense-queries.ts'

export const suspenseJournal = 'suspense'

export async function listSuspense(sql: Queryable, now: Date, terms = samplePaymentTerms): Promise<SuspenseItem[]> {
  return (await listSuspenseRows(sql, 500)).map(({ takenAt, ...item }) => {
    const ageDays = daysBetween(calendarDay(takenAt), calendarDay(item.clearedAt ?? now))
    return { ...item, ageDays, alarm: item.clearedAt === null && ageDays >= terms.alarmDays }
  })
}

export interface SuspenseProposal {
  action: 'assign' | 'return' | 'write-off'
  /** The payment it was meant for. */
  instruction: number | null
  maker: string
}

/** Proposed anew, the last proposal counts. */
export async function proposeClearing(
  { sql }: { sql: Database },
  id: number,
  { proposal, now }: { proposal: SuspenseProposal; now: Date }
): Promise<void> {
  await transaction(sql, async (tx) => {
    const item = openItem(await lockSuspense(tx, id), id)
    const { action, instruction } = proposal
    if (action === 'write-off' && Math.abs(item.amount) > samplePaymentTerms.writeOffMax)
      throw refuse('suspense-not-possible', {
        reason: 'too much to be written off',
        most: samplePaymentTerms.writeOffMax
      })
    if (action === 'assign') {
      const meant = instruction === null ? undefined : await lockInstruction(tx, instruction)
      if (!meant || meant.confirmedAt !== null)
        throw refuse('suspense-not-possible', { reason: 'no payment that waits for the bank', instruction })
    }
    await markProposed(tx, id, { ...proposal, instruction: action === 'assign' ? instruction : null, proposedAt: now })
  })
}

export async function approveClearing(
  { sql }: { sql: Database },
  bank: Bank,
  { id, checker, now }: { id: number; checker: string; now: Date }
): Promise<void> {
  await transaction(sql, async (tx) => {
    const item = openItem(await lockSuspense(tx, id), id)
    if (item.action === null) throw refuse('suspense-not-possible', { reason: 'nothing is proposed' })
    if (item.maker === checker) throw refuse('second-person-needed', { id })
    // Ordered before it is noted, under a key of its own: ordered twice, the bank does it once.
    if (item.action === 'return') await bank.order(returnOf(item, now))
    await markCleared(tx, id, checker, now)
    await postClearing(tx, item, now)
  })
}

/** What is returned stays in suspense until the bank's line says that it is gone (take-bank-lines.ts). */
async function postClearing(tx: Transaction, item: SuspenseRow, now: Date): Promise<void> {
  if (item.action === 'return') return
  const { amount, reference } = item
  const centre = (await findClearingCentre(tx)).id
  const into: Leg =
    item.action === 'write-off'
      ? { participant: centre, account: 'rounding', amount }
      : { participant: await confirmMeant(tx, item, now), account: 'settlement', amount }
  const legs: Leg[] = [{ participant: centre, account: 'suspense', amount: fen(0 - amount) }, into]
  const day = await holdOpenDay(tx, now)
  await postJournal(tx, { day, kind: suspenseJournal, reference, postedAt: now, legs })
}

/** The member whose payment it was. What it lacks of the payment stays on the member's account. */
async function confirmMeant(tx: Transaction, { instruction }: SuspenseRow, now: Date): Promise<number> {
  const meant = (await lockInstruction(tx, instruction!))!
  if (meant.confirmedAt !== null) throw refuse('suspense-not-possible', { reason: 'confirmed meanwhile' })
  await markConfirmed(tx, meant.id, now)
  return meant.participant
}

function returnOf({ reference, counterparty, amount }: SuspenseRow, now: Date): BankOrder {
  return { key: `${returned}${reference}`, counterparty, amount, dueOn: calendarDay(now) }
}

function openItem(item: SuspenseRow | undefined, id: number): SuspenseRow {
  if (!item) throw refuse('suspense-not-found', { id })
  if (item.clearedAt !== null) throw refuse('suspense-not-possible', { reason: 'cleared already' })
  return item
}
