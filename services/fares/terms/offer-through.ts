// A departure as one channel may sell it: its own service fee, cut-off and hold time, and what must have happened before its sale opens.
import type { Queryable } from '../../../clearing/database.ts'
import { fen } from '../../../clearing/money.ts'
import { findOffer, hasLiveReport, type Offer, type Ride } from '../../timetable/departure-queries.ts'
import { waitsForReport } from '../../timetable/sale-window-rules.ts'
import type { Channel } from '../fare-parts-rules.ts'
import { frozenTerms } from '../publish-policy.ts'

export interface ChannelOffer extends Offer {
  presaleOpensMinute: number
  /** What must have happened before the sale opens (parameters 1020, 1034). */
  sellsAfterReport: boolean
  passingOpensMinutes: number | null
  /** Asked for only where it matters. */
  reported: boolean
}

export async function offerThrough(sql: Queryable, ride: Ride, channel: Channel): Promise<ChannelOffer | null> {
  const offer = await findOffer(sql, ride)
  if (!offer) return null
  const terms = await frozenTerms(sql, offer.refundPolicy)
  const { serviceFees, presaleOpensMinute, sellsAfterReport, passingOpensMinutes } = terms
  return {
    ...offer,
    serviceFee: fen(serviceFees[channel]),
    presaleOpensMinute,
    saleClosesMinutes: terms.saleClosesMinutesBy[channel] ?? terms.saleClosesMinutes,
    holdMinutes: terms.holdMinutesBy[channel] ?? terms.holdMinutes,
    sellsAfterReport,
    passingOpensMinutes,
    reported: waitsForReport({ ...terms, ...offer }) && (await isReported(sql, offer))
  }
}

/** A delayed departure may have reported before or after it was late. */
async function isReported(sql: Queryable, { state, departure }: Offer): Promise<boolean> {
  if (state === 'REPORTED' || state === 'CHECKING') return true
  return state === 'DELAYED' && (await hasLiveReport(sql, departure))
}
