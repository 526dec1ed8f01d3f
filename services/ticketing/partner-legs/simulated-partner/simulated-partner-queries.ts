// The simulated partners' own books. They are outside parties: nothing of ours writes here except through their port.
import type { Queryable, Transaction } from '../../../../clearing/database.ts'
import type { Fen } from '../../../../clearing/money.ts'
import type { Conduct } from './conduct-rules.ts'

export interface SimulatedBooking {
  key: string
  partner: string
  offer: string
  conduct: Conduct
  state: 'locked' | 'confirmed' | 'cancelled'
  fares: Fen[]
  price: Fen
  seats: string[]
  tickets: string[]
  lockUntil: Date
  fee: Fen
  confirms: number
  cancels: number
  queries: number
  turnsAt: Date | null
}

export async function lockBooking(tx: Transaction, key: string): Promise<SimulatedBooking | null> {
  const [row] = await tx<SimulatedBooking[]>`select * from simulated_partner_booking where key = ${key} for update`
  return row ?? null
}

export async function saveBooking(tx: Transaction, booking: SimulatedBooking): Promise<void> {
  const { key, state, price, seats, tickets, fee, confirms, cancels, queries, turnsAt } = booking
  await tx`
    update simulated_partner_booking set state = ${state}, price = ${price}, seats = ${seats}, tickets = ${tickets}, fee = ${fee},
      confirms = ${confirms}, cancels = ${cancels}, queries = ${queries}, turns_at = ${turnsAt}
    where key = ${key}`
}

/** The first of a key stays. */
export async function addBooking(tx: Transaction, booking: SimulatedBooking): Promise<void> {
  const { key, partner, offer, conduct, state, fares, price, seats, lockUntil } = booking
  await tx`
    insert into simulated_partner_booking (key, partner, offer, conduct, state, fares, price, seats, lock_until)
    values (${key}, ${partner}, ${offer}, ${conduct}, ${state}, ${fares}, ${price}, ${seats}, ${lockUntil})
    on conflict do nothing`
}

/** Sellers of one departure take turns. */
export async function lockOffer(tx: Transaction, partner: string, offer: string): Promise<void> {
  await tx`select pg_advisory_xact_lock(hashtextextended(${`${partner} ${offer}`}, 0))`
}

export async function countPlaces(
  sql: Queryable,
  partner: string,
  offers: readonly string[]
): Promise<ReadonlyMap<string, number>> {
  const rows = await sql<{ offer: string; taken: number }[]>`
    select offer, sum(cardinality(seats))::integer as taken from simulated_partner_booking
    where partner = ${partner} and offer = any (${[...offers]}) and state <> 'cancelled' group by offer`
  return new Map(rows.map(({ offer, taken }) => [offer, taken]))
}

export async function findPrices(
  sql: Queryable,
  partner: string,
  offers: readonly string[]
): Promise<ReadonlyMap<string, Fen>> {
  const rows = await sql<{ offer: string; fullFare: Fen }[]>`
    select offer, full_fare from simulated_partner_price where partner = ${partner} and offer = any (${[...offers]})`
  return new Map(rows.map(({ offer, fullFare }) => [offer, fullFare]))
}

/** From now on it costs this. */
export async function setPrice(
  sql: Queryable,
  { partner, offer, fullFare }: { partner: string; offer: string; fullFare: number }
): Promise<void> {
  await sql`
    insert into simulated_partner_price (partner, offer, full_fare) values (${partner}, ${offer}, ${fullFare})
    on conflict (partner, offer) do update set full_fare = excluded.full_fare`
}
