// Partners that run in the sample province and in tests: they keep their own books, and each departure fails in its own way
// (conduct-rules.ts). What they did and what they say are two things.
import { transaction, type Database, type Transaction } from '../../../../clearing/database.ts'
import { applyRate, fen, sumFen, zeroFen } from '../../../../clearing/money.ts'
import { partnerFares } from '../partner-leg-rules.ts'
import type { CancelAnswer, ConfirmAnswer, LockAnswer, PartnerPort, QueryAnswer } from '../partner-port.ts'
import type { PartnerOffer } from '../partner-leg-schemas.ts'
import { serviceOf, servicesOn, turnMs, type SimulatedService } from './conduct-rules.ts'
import {
  addBooking,
  countPlaces,
  findPrices,
  lockBooking,
  lockOffer,
  saveBooking,
  type SimulatedBooking
} from './simulated-partner-queries.ts'

const lockMs = 30 * 60_000
const unknown = { outcome: 'unknown' } as const

export function simulatedPartner(sql: Database, partner: string): PartnerPort {
  const withBooking = async <Answer>(
    key: string,
    now: Date,
    act: (booking: SimulatedBooking) => Answer
  ): Promise<Answer | { outcome: 'absent' }> =>
    await transaction(sql, async (tx) => {
      const booking = await lockBooking(tx, key)
      if (!booking) return { outcome: 'absent' } as const
      turn(booking, now)
      const answer = act(booking)
      await saveBooking(tx, booking)
      return answer
    })

  return {
    async offers({ from, to, day }) {
      return await shownOffers(sql, partner, servicesOn(partner, from, to, day))
    },
    async offer(id) {
      const service = serviceOf(partner, id)
      return service ? (await shownOffers(sql, partner, [service]))[0]! : null
    },
    async lock(booking, now): Promise<LockAnswer> {
      return await transaction(sql, async (tx) => {
        const known = (await lockBooking(tx, booking.key)) ?? (await book(tx, partner, booking, now))
        if (known === null) return { outcome: 'refused', reason: 'sold-out' }
        return known.conduct === 'lock-silent' ? unknown : lockedAnswer(known)
      })
    },
    async confirm(key, now): Promise<ConfirmAnswer> {
      const answer = await withBooking(key, now, (booking) => confirm(booking, now))
      return answer.outcome === 'absent' ? { outcome: 'refused', reason: 'no such booking' } : answer
    },
    cancel: async (key, now): Promise<CancelAnswer> => await withBooking(key, now, (booking) => cancel(booking, now)),
    query: async (key, now): Promise<QueryAnswer> => await withBooking(key, now, (booking) => query(booking, now))
  }
}

async function shownOffers(
  sql: Database,
  partner: string,
  services: readonly SimulatedService[]
): Promise<PartnerOffer[]> {
  const ids = services.map(({ offer }) => offer.id)
  const [taken, prices] = await Promise.all([countPlaces(sql, partner, ids), findPrices(sql, partner, ids)])
  return services.map(({ offer, places }) => {
    const fullFare = prices.get(offer.id) ?? offer.fullFare
    const placesLeft = Math.max(0, places - (taken.get(offer.id) ?? 0))
    return { ...offer, fullFare, halfFare: fen(Math.floor(fullFare / 2)), placesLeft }
  })
}

/** Null when there are too few places, or nothing of this id runs. */
async function book(
  tx: Transaction,
  partner: string,
  { key, offer: id, passengers }: Parameters<PartnerPort['lock']>[0],
  now: Date
): Promise<SimulatedBooking | null> {
  const service = serviceOf(partner, id)
  if (!service || service.offer.departsAt <= now) return null
  await lockOffer(tx, partner, id)
  const taken = (await countPlaces(tx, partner, [id])).get(id) ?? 0
  const seated = passengers.filter(({ fareKind }) => fareKind !== 'free').length
  if (taken + seated > service.places) return null
  const fullFare = (await findPrices(tx, partner, [id])).get(id) ?? fen(service.fullFare)
  const dearer = service.conduct === 'lock-dearer' ? 500 : 0
  const asked = fen(fullFare + dearer)
  const price = { fullFare: asked, halfFare: fen(Math.floor(asked / 2)) }
  const fares = partnerFares(
    price,
    passengers.map(({ fareKind }) => fareKind)
  )
  const booking: SimulatedBooking = {
    key,
    partner,
    offer: id,
    conduct: service.conduct,
    state: 'locked',
    fares,
    price: sumFen(fares),
    seats: passengers.map((_, index) => seatName(taken + index)),
    tickets: [],
    lockUntil: new Date(now.getTime() + lockMs),
    fee: zeroFen,
    confirms: 0,
    cancels: 0,
    queries: 0,
    turnsAt: null
  }
  await addBooking(tx, booking)
  return booking
}

function seatName(index: number): string {
  return `${String(1 + Math.floor(index / 80)).padStart(2, '0')}车${String(1 + (Math.floor(index / 5) % 16)).padStart(2, '0')}${'ABCDF'[index % 5]}`
}

function lockedAnswer({ fares, price, seats, lockUntil }: SimulatedBooking) {
  return { outcome: 'locked', fares, price, seats, lockedUntil: lockUntil } as const
}

/** What changes by itself as time goes by. */
function turn(booking: SimulatedBooking, now: Date): void {
  if (booking.state === 'locked' && now > booking.lockUntil) booking.state = 'cancelled'
  if (booking.turnsAt === null || now < booking.turnsAt) return
  booking.turnsAt = null
  if (booking.conduct === 'fails-then-confirmed') issue(booking)
  if (booking.conduct === 'confirmed-then-absent') booking.state = 'cancelled'
}

function issue(booking: SimulatedBooking): void {
  booking.state = 'confirmed'
  booking.tickets = booking.seats.map((_, index) => `E${booking.key.slice(0, 8).toUpperCase()}${index + 1}`)
}

function confirmed({ price, seats, tickets }: SimulatedBooking) {
  return { outcome: 'confirmed', price, seats, tickets } as const
}

function confirm(booking: SimulatedBooking, now: Date): ConfirmAnswer {
  booking.confirms++
  if (booking.state === 'cancelled') return { outcome: 'refused', reason: 'cancelled' }
  if (booking.state === 'confirmed') return again(booking, now)
  const inAWhile = new Date(now.getTime() + turnMs)
  switch (booking.conduct) {
    case 'confirm-lost':
      if (booking.confirms === 1) return unknown
      break
    case 'confirm-never':
      return unknown
    case 'fails':
      booking.state = 'cancelled'
      return { outcome: 'refused', reason: 'no ticket' }
    case 'fails-then-confirmed':
      return { outcome: 'refused', reason: 'no ticket' }
    case 'confirm-late':
    case 'confirmed-then-absent':
      booking.turnsAt = inAWhile
      break
    case 'another-seat':
      booking.seats = booking.seats.map((_, index) => seatName(400 + index))
      break
    case 'another-price':
      booking.price = fen(booking.price + 300)
      break
    default:
  }
  issue(booking)
  return isSilent(booking, now) ? unknown : confirmed(booking)
}

function again(booking: SimulatedBooking, now: Date): ConfirmAnswer {
  if (isSilent(booking, now)) return unknown
  return booking.conduct === 'answers-twice' ? { outcome: 'refused', reason: 'already' } : confirmed(booking)
}

/** It has done what it was asked, and does not say so. */
function isSilent({ conduct, confirms, turnsAt }: SimulatedBooking, now: Date): boolean {
  if (conduct === 'confirm-silent') return confirms <= 2
  return conduct === 'confirm-late' && turnsAt !== null && now < turnsAt
}

function cancel(booking: SimulatedBooking, now: Date): CancelAnswer {
  booking.cancels++
  const { conduct, cancels, state } = booking
  if (state !== 'cancelled') {
    const kept = state === 'confirmed' ? lastFee(booking, now) : zeroFen
    booking.fee = conduct === 'cancel-fee' ? fen(kept + 700) : kept
    booking.state = 'cancelled'
    // What it said it could not sell it sells after all, though it was told not to.
    if (conduct === 'fails-then-confirmed' && cancels === 1) booking.turnsAt = new Date(now.getTime() + turnMs)
  }
  return conduct === 'cancel-silent' && cancels <= 2 ? unknown : { outcome: 'cancelled', fee: booking.fee }
}

/** By the tiers it published; a lock costs nothing to give up. */
function lastFee({ partner, offer, fares }: SimulatedBooking, now: Date) {
  const service = serviceOf(partner, offer)!
  const left = (service.offer.departsAt.getTime() - now.getTime()) / 1000
  const tier = service.offer.refundTiers.find(({ atLeastSeconds }) => left >= atLeastSeconds)
  return sumFen(fares.map((fare) => applyRate(fare, tier?.rate ?? '1')))
}

function query(booking: SimulatedBooking, now: Date): QueryAnswer {
  booking.queries++
  const { conduct, state, queries, fee } = booking
  if (conduct === 'confirm-never' && state === 'locked') return unknown
  if (conduct === 'confirmed-then-doubtful' && state === 'confirmed' && queries <= 1) return { outcome: 'absent' }
  if (state === 'locked') return lockedAnswer(booking)
  if (state === 'cancelled')
    return conduct === 'confirmed-then-absent' ? { outcome: 'absent' } : { outcome: 'cancelled', fee }
  return isSilent(booking, now) ? unknown : confirmed(booking)
}
