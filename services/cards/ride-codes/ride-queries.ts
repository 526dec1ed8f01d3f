// SQL of ride codes.
import type { Queryable, Transaction } from '../../../clearing/database.ts'
import type { BusinessDay } from '../../../clearing/business-day.ts'

export interface RideAccount {
  cardNumber: string
  issuer: string
  issuerId: number
  userKey: Uint8Array
  payAccount: string
  state: 'open' | 'suspended'
  tripLimitFen: number
  debtLimitFen: number
  debtFen: number
}

export async function findAccount(sql: Queryable, cardNumber: string): Promise<RideAccount | undefined> {
  const [row] = await sql<RideAccount[]>`
    select lpad(card_number::text, 19, '0') as card_number, participant.code as issuer, participant.id as issuer_id, user_key, pay_account,
      ride_account.state, trip_limit_fen, debt_limit_fen, debt_fen
    from ride_account join card on card.number = card_number join participant on participant.id = card.issuer
    where card_number = ${cardNumber}::bigint`
  return row
}

/** A new phone takes the place of the old one: its codes are good only until they are over. */
export async function saveAccount(
  tx: Transaction,
  account: Pick<RideAccount, 'cardNumber' | 'userKey' | 'payAccount' | 'tripLimitFen' | 'debtLimitFen'>,
  now: Date
): Promise<void> {
  await tx`
    insert into ride_account (card_number, opened_at, user_key, pay_account, trip_limit_fen, debt_limit_fen)
    values (${account.cardNumber}::bigint, ${now}, ${Buffer.from(account.userKey)}, ${account.payAccount}, ${account.tripLimitFen},
      ${account.debtLimitFen})
    on conflict (card_number) do update set user_key = excluded.user_key`
}

export async function lockAccount(tx: Transaction, cardNumber: string): Promise<RideAccount | undefined> {
  await tx`select from ride_account where card_number = ${cardNumber}::bigint for update`
  return await findAccount(tx, cardNumber)
}

export async function findCertificate(sql: Queryable, issuer: number): Promise<Uint8Array | undefined> {
  const [row] = await sql<{ certificate: Uint8Array }[]>`select certificate from ride_issuer where issuer = ${issuer}`
  return row?.certificate
}

export async function saveCertificate(tx: Transaction, issuer: number, certificate: Uint8Array): Promise<void> {
  await tx`insert into ride_issuer (issuer, certificate) values (${issuer}, ${Buffer.from(certificate)}) on conflict do nothing`
}

export async function listRideIssuers(sql: Queryable): Promise<string[]> {
  const rows = await sql<{ code: string }[]>`
    select participant.code from ride_issuer join participant on participant.id = ride_issuer.issuer`
  return rows.map(({ code }) => code)
}

export interface LastTrip {
  at: Date
  codeDigest: Uint8Array
}

export async function findLastTrip(sql: Queryable, cardNumber: string): Promise<LastTrip | undefined> {
  const [row] = await sql<LastTrip[]>`
    select at, code_digest from ride_trip where card_number = ${cardNumber}::bigint order by at desc limit 1`
  return row
}

export interface NewTrip {
  id: string
  cardNumber: string
  at: Date
  amount: number
  acquirer: number
  terminal: string
  codeDigest: Uint8Array
  code: Uint8Array
  clearingDay: BusinessDay
}

/** The ride, the debt and its line for the ledger in one statement. */
export async function insertTrip(tx: Transaction, trip: NewTrip, now: Date): Promise<void> {
  await tx`
    with owed as (update ride_account set debt_fen = debt_fen + ${trip.amount} where card_number = ${trip.cardNumber}::bigint),
    taken as (
      insert into ride_trip (id, card_number, at, amount, acquirer, terminal_number, code_digest, code, clearing_day, next_try)
      values (${trip.id}, ${trip.cardNumber}::bigint, ${trip.at}, ${trip.amount}, ${trip.acquirer}, ${trip.terminal}::bigint,
        ${Buffer.from(trip.codeDigest)}, ${Buffer.from(trip.code)}, ${trip.clearingDay}, ${now})
      returning id, card_number, amount)
    insert into ride_line (trip, at, amount, issuer, kind)
    select taken.id, ${now}, taken.amount, card.issuer, 'ride' from taken join card on card.number = taken.card_number`
}

export async function findTrip(
  sql: Queryable,
  id: string
): Promise<{ id: string; cardNumber: string; amount: number; state: string; codeDigest: Uint8Array } | undefined> {
  const [row] = await sql<{ id: string; cardNumber: string; amount: number; state: string; codeDigest: Uint8Array }[]>`
    select id, lpad(card_number::text, 19, '0') as card_number, amount, state, code_digest from ride_trip where id = ${id}`
  return row
}

export interface OwedTrip {
  id: string
  cardNumber: string
  amount: number
  state: 'OWED' | 'ASKED'
  attempts: number
}

export async function listOwedTrips(sql: Queryable, now: Date, limit: number): Promise<OwedTrip[]> {
  return await sql<OwedTrip[]>`
    select id, lpad(card_number::text, 19, '0') as card_number, amount, state, attempts from ride_trip
    where state <> 'PAID' and next_try <= ${now} order by next_try limit ${limit}`
}

export async function markAsked(
  tx: Transaction,
  id: string,
  { attempts, nextTry }: { attempts: number; nextTry: Date }
): Promise<void> {
  await tx`update ride_trip set state = 'ASKED', attempts = ${attempts}, next_try = ${nextTry} where id = ${id} and state <> 'PAID'`
}

/** The attempt failed: it is owed again, and the account is stopped when it was one too many. */
export async function markFailed(
  tx: Transaction,
  id: string,
  { nextTry, suspendAfter }: { nextTry: Date; suspendAfter: number }
): Promise<void> {
  await tx`
    with trip as (update ride_trip set state = 'OWED', next_try = ${nextTry} where id = ${id} and state = 'ASKED' returning card_number, attempts)
    update ride_account set state = 'suspended' from trip
    where ride_account.card_number = trip.card_number and trip.attempts >= ${suspendAfter}`
}

/** Paid: the debt is less, and an account without debts is open again. */
export async function markPaid(tx: Transaction, id: string, now: Date): Promise<void> {
  await tx`
    with trip as (update ride_trip set state = 'PAID', paid_at = ${now} where id = ${id} and state <> 'PAID' returning id, card_number, amount),
    line as (
      insert into ride_line (trip, at, amount, issuer, kind)
      select trip.id, ${now}, trip.amount, card.issuer, 'paid' from trip join card on card.number = trip.card_number)
    update ride_account set debt_fen = debt_fen - trip.amount, state = case when debt_fen = trip.amount then 'open' else state end
    from trip where ride_account.card_number = trip.card_number`
}
