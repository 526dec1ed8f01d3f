// Claims what bearers owe for a month's discounts: one claim for each, with its parts by operator, its postings, and a signed file of every
// ride behind it. Claiming a month again claims what came late; a file that is gone is made again, the same bytes under the same signature.
import { mkdir, rename, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { equalConstantTime } from '../../card-crypto/bytes.ts'
import { rawToDer } from '../../card-crypto/sm2-der.ts'
import { addDays, type BusinessDay } from '../business-day.ts'
import type { ClearingContext } from '../context.ts'
import { transaction, type Transaction } from '../database.ts'
import { holdOpenDay } from '../ingestion/file-queries.ts'
import type { Leg } from '../ledger/journal.ts'
import { postJournal } from '../ledger/post-journal.ts'
import { fen } from '../money.ts'
import { lockPricing } from '../rating/months/pricing-queries.ts'
import { refuse } from '../refusals.ts'
import { statementKey } from '../statements/statement-schemas.ts'
import { makeClaimFile } from './claim-file.ts'
import {
  findClaim,
  findPricedUntil,
  insertClaim,
  listClaimLegs,
  listClaims,
  listUnclaimed,
  lockClaim,
  markClaimPaid,
  recordClaimFile,
  type SubsidyClaim
} from './claim-queries.ts'

export const claimJournal = 'subsidy-paid'
const folder = 'claims'

/** `month` is its first day. Throws month-not-over. */
export async function issueClaims(context: ClearingContext, month: BusinessDay, now: Date): Promise<SubsidyClaim[]> {
  await transaction(context.sql, async (tx) => {
    await lockPricing(tx)
    const until = await findPricedUntil(tx)
    // The rides of its last evening are cleared with the first day of the next month.
    if (until !== undefined && addDays(until, -1).slice(0, 7) <= month.slice(0, 7))
      throw refuse('month-not-over', { month, until })
    const day = await holdOpenDay(tx, now)
    for (const unclaimed of await listUnclaimed(tx, month)) {
      // An issuer is a member: the settlement of the day collects from it.
      const paid = unclaimed.role === 'issuer'
      const id = await insertClaim(tx, unclaimed, { month, day, now, paid })
      if (paid) await post(tx, (await findClaim(tx, id))!, { day, now })
    }
  })
  for (const claim of await listClaims(context.sql, month)) await giveOut(context, claim)
  return await listClaims(context.sql, month)
}

/** The authority has paid the operators: neither owes nor is owed by it any more. Throws subsidy-claim-not-found and subsidy-claim-paid. */
export async function recordClaimPayment(
  { sql }: Pick<ClearingContext, 'sql'>,
  id: number,
  now: Date
): Promise<SubsidyClaim> {
  return await transaction(sql, async (tx) => {
    const claim = await lockClaim(tx, id)
    if (!claim) throw refuse('subsidy-claim-not-found', { id })
    if (claim.paidAt) throw refuse('subsidy-claim-paid', { id })
    await markClaimPaid(tx, id, now)
    await post(tx, claim, { day: await holdOpenDay(tx, now), now })
    return (await findClaim(tx, id))!
  })
}

async function post(tx: Transaction, claim: SubsidyClaim, { day, now }: { day: BusinessDay; now: Date }) {
  const parts = await listClaimLegs(tx, claim.id)
  const legs: Leg[] = parts.map(({ payee, amount }) => ({
    participant: payee,
    account: 'subsidy',
    amount: fen(0 - amount)
  }))
  if (claim.amount !== 0) legs.push({ participant: claim.bearer, account: 'discount', amount: claim.amount })
  const reference = `${claim.code} ${claim.month.slice(0, 7)} ${claim.number}`
  await postJournal(tx, { day, kind: claimJournal, reference, postedAt: now, legs })
}

/** Made and signed once; put back when it is gone. */
async function giveOut({ sql, keys, folders }: ClearingContext, claim: SubsidyClaim): Promise<void> {
  const name = nameOf(claim)
  const storedAs = join(folder, claim.month.slice(0, 7), name)
  const path = join(folders.published, storedAs)
  if (claim.size !== null && (await stat(path).catch(() => undefined))?.size === claim.size) return
  await mkdir(join(folders.published, folder, claim.month.slice(0, 7)), { recursive: true })
  const making = `${path}.making`
  const made = await makeClaimFile(sql, claim, making)
  if (claim.digest && !equalConstantTime(claim.digest, made.digest))
    throw refuse('statement-bytes-differ', { name, month: claim.month })
  const signature = claim.signature ?? (await keys.signFile(statementKey, making))
  await writeFile(`${path}.sig`, rawToDer(signature), { mode: 0o640 })
  await rename(making, path)
  if (claim.signature === null)
    await transaction(sql, async (tx) => await recordClaimFile(tx, claim.id, { ...made, name, storedAs, signature }))
}

function nameOf({ code, month, number }: SubsidyClaim): string {
  return `subsidy-${code}-${month.slice(0, 7)}-${number}.csv`
}
