// Takes in what the bank reported: each line once, placed by its purpose and amount, and posted. All lines of a look are one journal whose
// legs are summed, because every one of them touches the centre's bank account. What nobody can place goes into suspense.
import { transaction, type Database, type Transaction } from '../database.ts'
import { holdOpenDay } from '../ingestion/file-queries.ts'
import type { Leg } from '../ledger/journal.ts'
import { aggregateLegs, postJournal } from '../ledger/post-journal.ts'
import { fen } from '../money.ts'
import { findClearingCentre, findParticipant } from '../participants/participant-queries.ts'
import type { Bank, BankLine } from './bank.ts'
import { instructionOf } from './pay-members.ts'
import { findLastReference, insertBankLine, lockInstruction, markConfirmed } from './payment-queries.ts'
import { placeLine, samplePaymentTerms, type PaymentTerms } from './payment-rules.ts'
import { insertSuspense, isReturned, returned } from './suspense-queries.ts'

export const bankJournal = 'bank'
const linesAtOnce = 500

/** Answers how many lines were new. */
export async function takeBankLines(
  { sql }: { sql: Database },
  bank: Bank,
  now: Date,
  terms = samplePaymentTerms
): Promise<number> {
  const lines = await bank.listLines(await findLastReference(sql))
  for (let from = 0; from < lines.length; from += linesAtOnce) {
    const some = lines.slice(from, from + linesAtOnce)
    await transaction(sql, async (tx) => await takeSome(tx, some, { now, terms }))
  }
  return lines.length
}

async function takeSome(
  tx: Transaction,
  lines: readonly BankLine[],
  { now, terms }: { now: Date; terms: PaymentTerms }
): Promise<void> {
  const centre = (await findClearingCentre(tx)).id
  const postings: Leg[][] = []
  for (const line of lines) postings.push(await takeLine(tx, line, { centre, now, terms }))
  const legs = aggregateLegs(postings)
  if (legs.length === 0) return
  const reference = `${lines[0]!.reference}–${lines.at(-1)!.reference}`
  await postJournal(tx, { day: await holdOpenDay(tx, now), kind: bankJournal, reference, postedAt: now, legs })
}

/** The legs of one line; none when it was taken before. */
async function takeLine(
  tx: Transaction,
  line: BankLine,
  { centre, now, terms }: { centre: number; now: Date; terms: PaymentTerms }
): Promise<Leg[]> {
  const id = instructionOf(line.purpose)
  const instruction = id === null ? undefined : await lockInstruction(tx, id)
  const member = /^RESERVE (\d{8})$/.exec(line.purpose)?.[1]
  const keeper = member ? await findParticipant(tx, member) : undefined
  const expected = instruction && { amount: instruction.amount, confirmed: instruction.confirmedAt !== null }
  const isReturn = line.purpose.startsWith(returned) && (await isReturned(tx, line))
  const placed = placeLine({ amount: line.amount, isReserve: keeper !== undefined, isReturn }, expected, terms)
  const confirms = placed.to === 'instruction'
  const bankLine = await insertBankLine(tx, {
    ...line,
    takenAt: now,
    instruction: confirms ? instruction!.id : null,
    difference: confirms ? placed.difference : fen(0)
  })
  if (bankLine === null) return []
  const moved: Leg = { participant: centre, account: 'bank', amount: fen(0 - line.amount) }
  switch (placed.to) {
    case 'reserve':
      return [moved, { participant: keeper!.id, account: 'reserve', amount: line.amount }]
    case 'returned':
      return [moved, { participant: centre, account: 'suspense', amount: line.amount }]
    case 'suspense':
      await insertSuspense(tx, bankLine, placed.reason)
      return [moved, { participant: centre, account: 'suspense', amount: line.amount }]
    case 'instruction':
      await markConfirmed(tx, instruction!.id, now)
      return [
        moved,
        { participant: instruction!.participant, account: 'settlement', amount: fen(0 - instruction!.amount) },
        { participant: centre, account: 'rounding', amount: placed.difference }
      ]
  }
}
