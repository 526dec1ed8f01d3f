// A booked journey as one thing: its legs in order of travel with the tickets of everybody on them, as they stand after any change,
// and what became of its connections.
import type { KeyStore } from '../../../card-crypto/key-store.ts'
import type { Database } from '../../../clearing/database.ts'
import { refuse } from '../../refusals.ts'
import { showConnections } from '../connections/choose-connection.ts'
import { findJourneyRows, type OrderRow } from '../order-queries.ts'
import { minutesShortOf } from '../partner-legs/partner-connections.ts'
import { findPartnerLegs, shownLeg } from '../partner-legs/partner-leg-queries.ts'
import { showTicketRow, type Viewer } from '../show-order.ts'
import type { BookedJourney } from './booked-journey-schemas.ts'

/** Throws the refusal journey-not-found; another's journey is not found either. */
export async function showJourney(
  { sql, keys }: { sql: Database; keys: KeyStore },
  journeyNumber: string,
  viewer: Viewer,
  now: Date
): Promise<BookedJourney> {
  const rows = await findJourneyRows(sql, journeyNumber)
  if (!rows[0] || !(viewer.seesAll || rows[0].owner === viewer.owner)) throw refuse('journey-not-found')
  const byRide = Map.groupBy(rows, ({ leg, ride }) => `${leg} ${ride.departure}`)
  const legs = await Promise.all(
    [...byRide.values()].map(async (own) => ({
      leg: own[0]!.leg,
      ride: own[0]!.ride,
      tickets: await Promise.all(own.map(async (row) => await showTicketRow(keys, row, viewer)))
    }))
  )
  const booked = rows.find((row) => row.journeyNumber !== null)
  const connections = await showConnections(sql, journeyNumber, viewer, now)
  const partnerLegs = booked ? await showPartnerLegs(sql, booked.id, rows) : []
  return { journeyNumber, contract: booked?.contract ?? null, legs, partnerLegs, connections }
}

/** With how far ours have come away from them by delays. */
async function showPartnerLegs(
  sql: Database,
  orderId: string,
  rows: readonly OrderRow[]
): Promise<BookedJourney['partnerLegs']> {
  const rides = rows.filter(({ ride }) => ride.departure !== null).map(({ ride }) => ride)
  return await Promise.all(
    (await findPartnerLegs(sql, [orderId])).map(async (leg) => {
      const ride = leg.side === 'before' ? rides[0] : rides.at(-1)
      const confirmed = leg.state === 'CONFIRMED' && ride !== undefined
      return { ...shownLeg(leg), minutesShort: confirmed ? await minutesShortOf(sql, leg, ride) : null }
    })
  )
}
