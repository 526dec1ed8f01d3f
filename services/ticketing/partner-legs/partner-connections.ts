// Whether a partner's ride and ours still meet: when a journey is put together, and when one of our legs is changed later.
import type { Queryable } from '../../../clearing/database.ts'
import { refuse } from '../../refusals.ts'
import type { Offer } from '../../timetable/departure-queries.ts'
import { findJourneyPartnerLegs, findPartnerWay } from './partner-leg-queries.ts'
import type { PartnerOffer, Side } from './partner-leg-schemas.ts'

interface Ride {
  from: string
  to: string
  departsAt: Date
  arrivesAt: Date
}

interface Met {
  side: Side
  offer: Omit<PartnerOffer, 'placesLeft'>
}

/** By how much the later of the two is missed: null when it is not, Infinity where there is no way from one to the other. */
export async function minutesShortOf(sql: Queryable, { side, offer }: Met, ride: Ride): Promise<number | null> {
  const before = side === 'before'
  const [partnerPlace, place] = before ? [offer.to.code, ride.from] : [offer.from.code, ride.to]
  const minutes = await findPartnerWay(sql, { partner: offer.partner, partnerPlace, place })
  if (minutes === null) return Infinity
  const [arrives, departs] = before ? [offer.arrivesAt, ride.departsAt] : [ride.arrivesAt, offer.departsAt]
  const short = arrives.getTime() + minutes * 60_000 - departs.getTime()
  return short > 0 ? Math.ceil(short / 60_000) : null
}

/** Throws no-interchange and connection-too-short. */
export async function assertReached(sql: Queryable, { side, offer }: Met, sold: Sold): Promise<void> {
  const { fromCode: from, toCode: to, departsAt, arrivesAt } = sold
  const short = await minutesShortOf(sql, { side, offer }, { from, to, departsAt, arrivesAt })
  if (short !== null) throw refuse(short === Infinity ? 'no-interchange' : 'connection-too-short', { side })
}

type Sold = Pick<Offer, 'fromCode' | 'toCode' | 'departsAt' | 'arrivesAt'>

/** The new ride of a changed ticket must still meet the partner legs the journey has left. */
export async function assertPartnersReach(
  sql: Queryable,
  { orderId, ride, first, last }: { orderId: string; ride: Sold; first: boolean; last: boolean }
): Promise<void> {
  for (const { side, offer } of await findJourneyPartnerLegs(sql, orderId))
    if (side === 'before' ? first : last) await assertReached(sql, { side, offer }, ride)
}
