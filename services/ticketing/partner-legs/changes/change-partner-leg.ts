// A passenger changes a partner leg to another ride of the same partner: the new one locked, what is due paid, the new one confirmed, and
// only then the old one given up by its own refund table. Whatever the partner says or does not say, one of the two rides is his.
import { hex, equalConstantTime } from '../../../../card-crypto/bytes.ts'
import type { BusinessDay } from '../../../../clearing/business-day.ts'
import type { KeyStore } from '../../../../card-crypto/key-store.ts'
import { transaction, type Database, type Queryable } from '../../../../clearing/database.ts'
import { fen, sumFen, type Fen } from '../../../../clearing/money.ts'
import { Refusal } from '../../../../clearing/refusal.ts'
import { openIdentity } from '../../../identity/seal-identity.ts'
import { refuse } from '../../../refusals.ts'
import { findOffer } from '../../../timetable/departure-queries.ts'
import { derivedId } from '../../connections/derived-id.ts'
import { digestRequest } from '../../hold-order.ts'
import { payRefunds, type Paying } from '../../pay-order.ts'
import type { Viewer } from '../../show-order.ts'
import { drivePartnerLegs } from '../drive-partner-legs.ts'
import { giveUp, lockLeg } from '../hold-with-partners.ts'
import { assertReached } from '../partner-connections.ts'
import { addPartnerLegs, findPartnerLegs, keepLocks, shownLeg, type PartnerLegRow } from '../partner-leg-queries.ts'
import { partnerFares, partnerRefund } from '../partner-leg-rules.ts'
import type { PartnerOffer, Side } from '../partner-leg-schemas.ts'
import { answerBudgetMs, withinBudget, type Partners } from '../partner-port.ts'
import { requireLeg } from '../refund-partner-leg.ts'
import {
  beginChange,
  findChange,
  findOwnRide,
  findTravellers,
  placeChange,
  type ChangeRow
} from './partner-change-queries.ts'
import type { PartnerChange, PartnerChangeQuote, PartnerChangeRequest } from './partner-change-schemas.ts'

interface Changing extends Paying {
  sql: Database
  keys: KeyStore
  partners: Partners
}

interface Asked {
  orderId: string
  side: Side
  offer: string
}

/** Rides of the same partner on a day that still meet ours; in order of departure. Throws the refusals of `requireLeg`. */
export async function findPartnerChoices(
  { sql, partners }: Pick<Changing, 'sql' | 'partners'>,
  { orderId, side, day }: { orderId: string; side: Side; day: BusinessDay },
  viewer: Viewer,
  now: Date
): Promise<PartnerOffer[]> {
  const leg = await requireLeg(sql, { orderId, side }, viewer)
  const asked = { from: leg.offer.from.code, to: leg.offer.to.code, day }
  const answer = await withinBudget(partners[leg.partner]!.offers(asked), answerBudgetMs)
  if ('outcome' in answer) throw refuse('partner-silent')
  const met = await Promise.all(answer.map(async (offer) => await meetsOurs(sql, { orderId, side, offer })))
  return answer.filter(
    ({ id, departsAt, placesLeft }, index) => met[index] && id !== leg.offer.id && departsAt > now && placesLeft > 0
  )
}

async function meetsOurs(
  sql: Queryable,
  asked: { orderId: string; side: Side; offer: PartnerOffer }
): Promise<boolean> {
  try {
    await assertMeetsOurs(sql, asked)
    return true
  } catch (error) {
    if (error instanceof Refusal) return false
    throw error
  }
}

/** Throws no-interchange and connection-too-short. */
async function assertMeetsOurs(
  sql: Queryable,
  { orderId, side, offer }: { orderId: string; side: Side; offer: PartnerOffer }
): Promise<void> {
  const own = await findOwnRide(sql, orderId, side)
  const ride = own && (await findOffer(sql, own))
  if (ride) await assertReached(sql, { side, offer }, ride)
}

interface Plan extends PartnerChangeQuote {
  old: PartnerLegRow
  fares: Fen[]
}

/** Throws order-not-found, partner-leg-not-found, partner-offer-not-found, ticket-not-changeable, change-closed and those of a connection. */
export async function quotePartnerChange(
  { sql, partners }: Pick<Changing, 'sql' | 'partners'>,
  asked: Asked,
  viewer: Viewer,
  now: Date
): Promise<PartnerChangeQuote> {
  const { offer, price, credit, fee, due } = await planChange({ sql, partners }, asked, viewer, now)
  return { offer, price, credit, fee, due }
}

async function planChange(
  { sql, partners }: Pick<Changing, 'sql' | 'partners'>,
  { orderId, side, offer: id }: Asked,
  viewer: Viewer,
  now: Date
): Promise<Plan> {
  const old = await requireLeg(sql, { orderId, side }, viewer)
  if (old.state !== 'CONFIRMED') throw refuse('ticket-not-changeable')
  const worth = partnerRefund(old.offer, old.fares, now)
  if (!worth) throw refuse('change-closed')
  const offer = await withinBudget(partners[old.partner]!.offer(id), answerBudgetMs)
  const fits = (one: PartnerOffer) =>
    one.id !== old.offer.id && one.from.code === old.offer.from.code && one.to.code === old.offer.to.code
  if (!offer || 'outcome' in offer || offer.departsAt <= now || !fits(offer)) throw refuse('partner-offer-not-found')
  await assertMeetsOurs(sql, { orderId, side, offer })
  const kinds = (await findTravellers(sql, orderId)).map(({ fareKind }) => fareKind)
  const fares = partnerFares(offer, kinds)
  const price = sumFen(fares)
  return { old, offer, fares, price, credit: worth.amount, fee: worth.fee, due: fen(price - worth.amount) }
}

const holdMs = 15 * 60_000

/**
 * The same id again is the same change, however far it is. Throws the refusals of the quote, change-amount-changed, order-id-reused, and
 * those of a lock: then nothing has changed.
 */
export async function changePartnerLeg(
  changing: Changing,
  { id, request }: { id: string; request: PartnerChangeRequest },
  viewer: Viewer,
  now: Date
): Promise<PartnerChange> {
  const { sql, keys, partners } = changing
  const digest = await digestRequest(keys, request, viewer.owner)
  const known = await findChange(sql, id)
  if (known) {
    if (!equalConstantTime(known.digest, digest)) throw refuse('order-id-reused')
    return await showPartnerChange(sql, id, viewer)
  }
  const { old, offer, fares, price, fee, due } = await planChange({ sql, partners }, request, viewer, now)
  if (due !== request.due) throw refuse('change-amount-changed', { due })
  const leg = {
    key: derivedId(id, request.side),
    orderId: id,
    side: request.side,
    partner: old.partner,
    offer,
    fares,
    price
  }
  const holdUntil = new Date(now.getTime() + holdMs)
  await transaction(sql, async (tx) => {
    const root = request.orderId
    const change = {
      id,
      digest: hex(digest),
      owner: viewer.owner,
      root,
      oldLeg: old.key,
      fee,
      due,
      placedAt: now,
      holdUntil
    }
    if ((await placeChange(tx, change)) === 'placed') await addPartnerLegs(tx, [leg], { now, abandonedAt: holdUntil })
  })
  try {
    const passengers = await travellersOf({ sql, keys }, request.orderId)
    const lockedUntil = await lockLeg({ sql, partners }, { leg, passengers, total: due }, now)
    await transaction(sql, async (tx) => await keepLocks(tx, id, new Date(lockedUntil.getTime() - 60_000)))
  } catch (error) {
    await giveUp({ sql, partners }, id, now)
    throw error
  }
  if (due <= 0) await beginAndDrive(changing, id, now)
  return await showPartnerChange(sql, id, viewer)
}

async function beginAndDrive({ sql, partners, ...paying }: Changing, id: string, now: Date): Promise<void> {
  await beginChange(sql, id, now)
  await drivePartnerLegs({ sql, partners }, id, now)
  await payRefunds({ sql, ...paying }, now, id)
}

async function travellersOf({ sql, keys }: Pick<Changing, 'sql' | 'keys'>, orderId: string) {
  const found = await findTravellers(sql, orderId)
  return await Promise.all(
    found.map(async ({ identity, position, fareKind, orderId: of }) => {
      const { name, document } = await openIdentity(keys, identity, `${of}:${position}`)
      return { name, document, fareKind }
    })
  )
}

/** Throws change-not-found; another's is not found either. */
export async function showPartnerChange(sql: Queryable, id: string, viewer: Viewer): Promise<PartnerChange> {
  const { root, state, due } = await requireChange(sql, id, viewer)
  const [leg] = await findPartnerLegs(sql, [id])
  return { id, orderId: root, state, due, leg: leg ? shownLeg(leg) : null }
}

export async function requireChange(sql: Queryable, id: string, { owner, seesAll }: Viewer): Promise<ChangeRow> {
  const change = await findChange(sql, id)
  if (!change || !(seesAll || change.owner === owner)) throw refuse('change-not-found')
  return change
}
