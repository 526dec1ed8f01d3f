// Prices the rides of a settled day, or of a settled adjustment, by the schemes of their cities: the same for every card of the network,
// whoever issued it. A ride that comes late into a month changes what the later ones cost: exactly those whose tier changes are taken
// back and priced anew, and whatever order rides came in, the books end the same. All in one transaction; once for each source.
import type { BusinessDay } from '../../business-day.ts'
import { transaction, type Database, type Transaction } from '../../database.ts'
import { aggregateLegs, postJournal } from '../../ledger/post-journal.ts'
import type { Leg } from '../../ledger/journal.ts'
import { fen } from '../../money.ts'
import { findParticipantNames } from '../../participants/participant-queries.ts'
import { refuse } from '../../refusals.ts'
import { findDay } from '../../settlement/clearing-day-queries.ts'
import { fareTable } from './fare-table-rules.ts'
import {
  applySchemes,
  countFresh,
  gatherLateMonths,
  gatherRides,
  insertFares,
  insertLegs,
  insertPriced,
  listUnknownFares,
  lockPricing,
  priceGathered,
  saveCounters,
  takeBackChanged,
  takeRunNumber,
  type DiscountLeg,
  type RideSource
} from './pricing-queries.ts'
import {
  findDiscountRun,
  insertDiscountRun,
  listDiscountAgreements,
  listLegs,
  listSchemes,
  type DiscountRun
} from './run-queries.ts'

export const discountJournal = 'discounts'

/** The caller knows that the source is settled. Throws discount-agreement-missing. */
export async function priceRides({ sql }: { sql: Database }, source: RideSource, now: Date): Promise<DiscountRun> {
  return await transaction(sql, async (tx) => {
    await lockPricing(tx)
    return (await findDiscountRun(tx, source)) ?? (await price(tx, source, now))
  })
}

export interface PricedDay extends DiscountRun {
  legs: (Omit<DiscountLeg, 'payer' | 'payee'> & { payer: string; payee: string })[]
}

/** A settled day by hand, with the codes of who owes whom. Throws clearing-day-not-settled too. */
export async function priceDay(context: { sql: Database }, day: BusinessDay, now: Date): Promise<PricedDay> {
  const row = await findDay(context.sql, day)
  if (!row) throw refuse('clearing-day-not-found', { day })
  if (!row.settledAt) throw refuse('clearing-day-not-settled', { day })
  const run = await priceRides(context, { day, adjustment: null }, now)
  const legs = await listLegs(context.sql, run.id)
  const parties = legs.flatMap(({ payer, payee }) => [payer, payee])
  const codes = new Map((await findParticipantNames(context.sql, parties)).map(({ id, code }) => [id, code]))
  return { ...run, legs: legs.map((leg) => ({ ...leg, payer: codes.get(leg.payer)!, payee: codes.get(leg.payee)! })) }
}

async function price(tx: Transaction, source: RideSource, now: Date): Promise<DiscountRun> {
  const id = await takeRunNumber(tx)
  await gatherRides(tx, source)
  await gatherLateMonths(tx)
  const [unborne] = await applySchemes(tx)
  if (unborne) throw refuse('discount-agreement-missing', { ...unborne })
  await workOutFares(tx)
  await priceGathered(tx)
  await takeBackChanged(tx, id)
  await insertPriced(tx, id)
  await saveCounters(tx)
  const legs = await insertLegs(tx, id)
  const run = { id, ...source, pricedAt: now, ...(await countFresh(tx, id)) }
  await insertDiscountRun(tx, run)
  await postJournal(tx, {
    day: source.day,
    kind: discountJournal,
    reference: referenceOf(source),
    postedAt: now,
    legs: ledgerLegs(legs)
  })
  return run
}

export function referenceOf({ day, adjustment }: RideSource): string {
  return adjustment === null ? day : `${day} adjustment ${adjustment}`
}

/** The database looks fares up; the rules work them out, each kind of ride once. */
async function workOutFares(tx: Transaction): Promise<void> {
  const schemes = new Map((await listSchemes(tx)).map((scheme) => [scheme.id, scheme]))
  const agreements = new Map((await listDiscountAgreements(tx)).map((agreement) => [agreement.id, agreement]))
  const fares = (await listUnknownFares(tx)).flatMap((unknown) => {
    const table = fareTable(schemes.get(unknown.scheme)!.terms, agreements.get(unknown.agreement)!.shares, unknown)
    return table ? [{ ...unknown, ...table }] : []
  })
  await insertFares(tx, fares)
}

/** A bearer owes the operator what it bears of its discounts; what was charged too much is owed to the card, through its issuer. */
export function ledgerLegs(legs: readonly DiscountLeg[]): Leg[] {
  return aggregateLegs(
    legs.map(({ bearer, payer, payee, amount }): Leg[] => [
      { participant: payer, account: 'discount', amount: fen(0 - amount) },
      { participant: payee, account: bearer === 'overcharge' ? 'card-credit' : 'subsidy', amount }
    ])
  )
}
