// Explains one fare to its holder or to staff: which scheme in which version, what the counter stood at, which tier that is, what each rule
// took off, who bears it, and what was said of the ride before.
import type { BusinessDay } from '../../business-day.ts'
import type { Queryable } from '../../database.ts'
import { fen, type Fen } from '../../money.ts'
import { findParticipantNames } from '../../participants/participant-queries.ts'
import { bearers, bearingOf, type Bearer, type DiscountAgreement } from '../discounts/bearing-rules.ts'
import type { DiscountScheme, RiderClass } from '../discounts/discount-scheme.ts'
import type { PricedRide } from '../discounts/price-ride-rules.ts'
import { listEntries, listMonthOf, type FoundRide, type PricedEntry } from './explain-queries.ts'
import { replayMonth, type ReplayedRide } from './replay-month-rules.ts'
import { listDiscountAgreements, listSchemes } from './run-queries.ts'

export interface FareStory {
  scheme: string
  /** With the scheme, its version. */
  validFrom: BusinessDay
  source: string
  sample: boolean
  riderClass: RiderClass
  transfer: boolean
  month: string
  ridesBefore: number
  paidBefore: Fen
  countedBy: 'rides' | 'paid' | null
  tier: number
  tierFrom: number
  nextTierFrom: number | null
  price: Fen
  /** What the ride costs by the scheme. */
  due: Fen
  charged: Fen
  /** Owed back to the holder. */
  overcharged: Fen
  steps: PricedRide['steps']
  agreement: number
  bearers: { bearer: Bearer; code: string; name: string; amount: Fen }[]
  history: PricedEntry[]
}

/** Undefined for what no scheme has a word on, and for a ride whose day has not been priced yet. */
export async function explainRide(sql: Queryable, file: number, line: number): Promise<FareStory | undefined> {
  const rides = await listMonthOf(sql, file, line)
  const asked = rides.find((each) => each.file === file && each.line === line)
  if (!asked) return undefined
  const [city] = await findParticipantNames(sql, [asked.acquirer])
  const schemes = (await listSchemes(sql)).filter((each) => each.city === city!.cityCode)
  const termsOf = (ride: FoundRide) => inForce(schemes, ride.transactionDay)?.terms ?? null
  const replayed = replayMonth(rides, termsOf).find(({ recorded }) => recorded === asked)
  const scheme = inForce(schemes, asked.transactionDay)
  const agreements = (await listDiscountAgreements(sql)).filter((each) => each.city === city!.cityCode)
  const agreement = agreementFor(agreements, asked)
  if (!replayed || !scheme || !agreement) return undefined
  return {
    ...schemeStory(scheme),
    ...rideStory(replayed),
    agreement: agreement.id,
    bearers: await bearersOf(sql, replayed, agreement),
    history: await listEntries(sql, file, asked)
  }
}

function schemeStory({ id, validFrom, source, sample }: DiscountScheme) {
  return { scheme: id, validFrom, source, sample }
}

function rideStory(replayed: ReplayedRide<FoundRide>) {
  const { recorded, ride, priced, before, countedBy, tier, tierFrom, nextTierFrom } = replayed
  return {
    riderClass: ride.riderClass,
    transfer: ride.transfer,
    month: recorded.transactionDay.slice(0, 7),
    ridesBefore: before.rides,
    paidBefore: before.paid,
    countedBy,
    tier,
    tierFrom,
    nextTierFrom,
    price: recorded.price,
    due: priced.charged,
    charged: recorded.charged,
    overcharged: fen(Math.max(0, recorded.charged - priced.charged)),
    steps: priced.steps
  }
}

async function bearersOf(
  sql: Queryable,
  { recorded, priced }: ReplayedRide<FoundRide>,
  { shares, government }: DiscountAgreement
): Promise<FareStory['bearers']> {
  const borne = bearingOf(priced.steps, shares)
  const party = { operator: recorded.acquirer, issuer: recorded.issuer, government }
  const names = new Map((await findParticipantNames(sql, Object.values(party))).map((each) => [each.id, each]))
  return bearers
    .filter((bearer) => borne[bearer] !== 0)
    .map((bearer) => {
      const { code, name } = names.get(party[bearer])!
      return { bearer, code, name, amount: borne[bearer] }
    })
}

/** The latest version begun that has not ended. */
function inForce<Versioned extends { validFrom: BusinessDay; validTo: BusinessDay | null }>(
  versions: readonly Versioned[],
  day: BusinessDay
): Versioned | undefined {
  return versions
    .filter((each) => each.validFrom <= day && (each.validTo === null || each.validTo >= day))
    .toSorted((a, b) => (a.validFrom < b.validFrom ? 1 : -1))[0]
}

/** An operator's own agreement comes before its city's. */
function agreementFor(
  agreements: readonly DiscountAgreement[],
  { acquirer, transactionDay }: FoundRide
): DiscountAgreement | undefined {
  const own = agreements.filter((each) => each.acquirer === acquirer)
  const general = agreements.filter((each) => each.acquirer === null)
  return inForce(own, transactionDay) ?? inForce(general, transactionDay)
}
