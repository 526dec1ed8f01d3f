// A passenger gives a partner leg back: by that carrier's own terms, frozen when it was sold, through its port. Our other legs are
// refunded by theirs, through /v1/refunds.
import { transaction, type Queryable } from '../../../clearing/database.ts'
import { refuse } from '../../refusals.ts'
import { findOrderRows } from '../order-queries.ts'
import { payRefunds, type Paying } from '../pay-order.ts'
import type { Viewer } from '../show-order.ts'
import { drivePartnerLegs } from './drive-partner-legs.ts'
import {
  askReturn,
  findPartnerLeg,
  findJourneyLegs,
  findReturn,
  shownLeg,
  type PartnerLegRow
} from './partner-leg-queries.ts'
import { partnerRefund } from './partner-leg-rules.ts'
import type { PartnerLeg, PartnerRefundQuote, PartnerRefundRequest, Side } from './partner-leg-schemas.ts'
import type { Partners } from './partner-port.ts'

/** Throws order-not-found, partner-leg-not-found, ticket-not-refundable and refund-closed. */
export async function quotePartnerRefund(
  sql: Queryable,
  { orderId, side }: { orderId: string; side: Side },
  viewer: Viewer,
  now: Date
): Promise<PartnerRefundQuote> {
  const leg = await requireLeg(sql, { orderId, side }, viewer)
  return { side, ...sumOf(leg, now) }
}

function sumOf(leg: PartnerLegRow, now: Date) {
  if (leg.state === 'CANCELLED' || leg.state === 'CANCELLING' || leg.state === 'RETURNING')
    throw refuse('already-refunded')
  if (leg.state !== 'CONFIRMED') throw refuse('ticket-not-refundable')
  const sum = partnerRefund(leg.offer, leg.fares, now)
  if (!sum) throw refuse('refund-closed')
  return sum
}

/**
 * The same id again is the same refund, however far it is. The money leaves when the partner has taken its ticket back. Throws the
 * refusals of the quote, refund-amount-changed and refund-id-reused.
 */
export async function refundPartnerLeg(
  { sql, partners, ...paying }: Paying & { partners: Partners },
  { id, orderId, request }: { id: string; orderId: string; request: PartnerRefundRequest },
  viewer: Viewer,
  now: Date
): Promise<PartnerLeg> {
  const { side, amount } = request
  const leg = await requireLeg(sql, { orderId, side }, viewer)
  const known = await findReturn(sql, id)
  if (known && known.key !== leg.key) throw refuse('refund-id-reused')
  if (!known) {
    const sum = sumOf(leg, now)
    if (sum.amount !== amount) throw refuse('refund-amount-changed', { amount: sum.amount })
    const asked = await transaction(
      sql,
      async (tx) => await askReturn(tx, { key: leg.key, refund: id, fee: sum.fee, by: viewer.owner }, now)
    )
    if (!asked) throw refuse('already-refunded')
  }
  await drivePartnerLegs({ sql, partners }, leg.orderId, now)
  await payRefunds({ sql, ...paying }, now, id)
  return shownLeg((await findPartnerLeg(sql, leg.key))!)
}

/** The ride on this side as it is now, whatever it was changed from. */
export async function requireLeg(
  sql: Queryable,
  { orderId, side }: { orderId: string; side: Side },
  { owner, seesAll }: Viewer
): Promise<PartnerLegRow> {
  const [order] = await findOrderRows(sql, orderId)
  if (!order || !(seesAll || order.owner === owner)) throw refuse('order-not-found')
  const ofSide = (await findJourneyLegs(sql, orderId)).filter((one) => one.side === side)
  const leg = ofSide.find(({ state }) => state === 'CONFIRMED' || state === 'RETURNING') ?? ofSide.at(-1)
  if (!leg) throw refuse('partner-leg-not-found')
  return leg
}
