// A passenger rates the journey he made, once, within the days after it.
import { transaction, type Database } from '../../clearing/database.ts'
import { refuse } from '../refusals.ts'
import { requireTicketRow, type Viewer } from '../ticketing/show-order.ts'
import { findEvidence, insertRating } from './supervision-queries.ts'
import type { RatingRequest } from './supervision-schemas.ts'

const ratedWithinMs = 15 * 86_400_000

/** Throws ticket-not-found, journey-not-ratable and already-rated. */
export async function rateJourney(
  sql: Database,
  { ticketNo, rating }: { ticketNo: string; rating: RatingRequest },
  viewer: Viewer,
  now: Date
): Promise<void> {
  await requireTicketRow(sql, ticketNo, viewer)
  const ride = await findEvidence(sql, ticketNo)
  if (!ride || !isRatable(ride, now)) throw refuse('journey-not-ratable')
  const row = { ticketNo, departure: ride.departure, ...rating }
  const kept = await transaction(sql, async (tx) => await insertRating(tx, row, now))
  if (!kept) throw refuse('already-rated')
}

function isRatable({ couponState, departsAt }: { couponState: string; departsAt: Date }, now: Date): boolean {
  const since = now.getTime() - departsAt.getTime()
  return (couponState === 'CHECKED' || couponState === 'USED') && since >= 0 && since <= ratedWithinMs
}
