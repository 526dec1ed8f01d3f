// The open leg of a return ticket (往返): sold at its line's fare, confirmed to a departure of that line later, within its days.
import { addDays, calendarDay, type BusinessDay } from '../../../clearing/business-day.ts'
import type { Queryable } from '../../../clearing/database.ts'
import { refuse } from '../../refusals.ts'
import { offerThrough } from '../../fares/terms/offer-through.ts'
import type { Offer } from '../../timetable/departure-queries.ts'
import { priceOf, type FareKind, type PricedPlace } from '../fare-rules.ts'
import { checkCabin, checkSale } from '../sale-rules.ts'
import { requireTicketRow, type Viewer } from '../show-order.ts'
import type { ConfirmRequest } from './journey-schemas.ts'
import { confirmOpenLeg, findLineFare, findOpenLeg, type Product } from './journey-queries.ts'

export interface OpenLeg {
  line: number
  from: string
  to: string
  fromPosition: number
  toPosition: number
  /** The last day it may be travelled on. */
  until: BusinessDay
  refundPolicy: number
}

/** The way back of a return product after this way out, and what it costs by itself. Throws the refusal product-mismatch. */
export async function priceOpenLeg(
  sql: Queryable,
  product: Product | null,
  out: Offer,
  fares: readonly FareKind[]
): Promise<{ open: OpenLeg; places: PricedPlace<FareKind>[] }> {
  const back = product?.legs.at(-1)
  if (!back || product?.openDays == null) throw refuse('product-mismatch')
  const { line, from, to, fromPosition, toPosition } = back
  const fare = await findLineFare(sql, back, out.day)
  if (!fare) throw refuse('product-mismatch')
  const open = { line, from, to, fromPosition, toPosition, until: addDays(out.day, product.openDays) }
  // It takes a place only when it is confirmed.
  const places = fares.map((kind) => ({ ...priceOf({ ...out, ...fare }, kind), claims: {} }))
  return { open: { ...open, refundPolicy: out.refundPolicy }, places }
}

/** Gives an open ticket its departure and place; the same again changes nothing. Throws the refusals of the sale and open-leg ones. */
export async function confirmDeparture(
  sql: Queryable,
  { ticketNo, departure, seat, cabin }: ConfirmRequest & { ticketNo: string },
  viewer: Viewer,
  now: Date
): Promise<void> {
  const { ride, fareKind } = await requireTicketRow(sql, ticketNo, viewer)
  const asked = { departure, from: ride.from, to: ride.to, cabin: cabin ?? null }
  const offer = await offerThrough(sql, asked, viewer.channel ?? 'web')
  if (!offer) throw refuse('departure-not-found')
  const place = priceOf(offer, fareKind === 'half' || fareKind === 'free' ? fareKind : 'full')
  if (ride.departure !== departure) {
    const open = await findOpenLeg(sql, ticketNo, departure)
    if (!open) throw refuse('leg-not-open')
    const fault = checkSale(offer, [], now) ?? checkCabin(offer, cabin)
    if (fault) throw refuse(fault)
    if (!open.sameLine) throw refuse('product-mismatch')
    if (calendarDay(offer.departsAt) > open.until) throw refuse('open-leg-over', { until: open.until })
    if (offer.hasCabins && place.singleFare > open.singleFare) throw refuse('open-leg-costs-more')
  }
  const { claims } = place
  await confirmOpenLeg(sql, { ticketNo, departure, seat: seat ?? null, claims, actor: viewer.owner }, now)
}
