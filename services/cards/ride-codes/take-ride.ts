// A phone's ride code: the issuer's half is given to the phone for some days, the phone signs each code itself, and a ride is taken
// on it when every check of a terminal holds (card.md §3.3). The money is asked for afterwards.
import { fromHex } from '../../../card-crypto/bytes.ts'
import type { KeyStore } from '../../../card-crypto/key-store.ts'
import {
  authoriseRides,
  checkRideCode,
  readRideCode,
  rideCodeBytes,
  rideCodeDigest
} from '../../../card-crypto/ride-code.ts'
import { sm2CompressKey } from '../../../card-crypto/sm2-keys.ts'
import { transaction, violates, type Database } from '../../../clearing/database.ts'
import { holdOpenDay } from '../../../clearing/ingestion/file-queries.ts'
import { refuse } from '../../refusals.ts'
import { requireCard } from '../issuing/issue-card.ts'
import { requireProduct } from '../issuing/order-cards.ts'
import { certificateOf, rideIssuerKey, rideRoot } from './ride-keys.ts'
import {
  findAccount,
  findLastTrip,
  findTrip,
  insertTrip,
  listRideIssuers,
  lockAccount,
  saveAccount,
  type RideAccount
} from './ride-queries.ts'
import {
  authorisedDays,
  codeSeconds,
  debtLimitFen,
  minimumIntervalSeconds,
  payAccountOf,
  rideFault,
  tripLimitFen
} from './ride-rules.ts'

type Parts = { sql: Database; keys: KeyStore }

const platform = '00000001'
/** 卡账户类型 that may ride. */
const accountTypes = new Set([0, 1, 2, 3, 5])

export interface Authorisation {
  /** Base64 of fields 1 to 15: the phone adds time and signature. */
  half: string
  authorisedUntil: Date
}

/** For the phone whose key this is. Throws card-not-found, card-not-active, card-product-not-found and ride-account-suspended. */
export async function authorisePhone(
  parts: Parts,
  { cardNumber, publicKey }: { cardNumber: string; publicKey: string },
  now: Date
): Promise<Authorisation> {
  const { sql, keys } = parts
  const card = await requireCard(sql, cardNumber)
  if (card.state !== 'ACTIVE') throw refuse('card-not-active')
  const product = await requireProduct(sql, card.product)
  if (product.form !== 'virtual') throw refuse('card-product-not-found')
  const userKey = sm2CompressKey(fromHex(publicKey))
  const payAccount = payAccountOf(await keys.random(8))
  await transaction(
    sql,
    async (tx) => await saveAccount(tx, { cardNumber, userKey, payAccount, tripLimitFen, debtLimitFen }, now)
  )
  const account = (await findAccount(sql, cardNumber))!
  if (account.state !== 'open' || account.debtFen >= account.debtLimitFen) throw refuse('ride-account-suspended')
  const authorisedUntil = new Date(now.getTime() + authorisedDays * 86_400_000)
  const half = await authoriseRides(
    {
      version: 0x80,
      certificate: await certificateOf(parts, { id: card.issuerId, code: card.issuer }),
      authorisation: {
        payAccount: account.payAccount,
        userAccount: `${cardNumber}F`,
        organisation: card.issuer,
        platform,
        accountType: product.holderKind,
        singleTripLimit: account.tripLimitFen,
        userPublicKey: fromHex(publicKey),
        authorisedUntil: seconds(authorisedUntil),
        validitySeconds: codeSeconds,
        custom: new Uint8Array()
      }
    },
    async (message) => await keys.sign(rideIssuerKey(card.issuer), message)
  )
  return { half: half.toBase64(), authorisedUntil }
}

export interface RideTaken {
  id: string
  code: string
  /** Acquirer's row. */
  acquirer: number
  terminal: string
  amount: number
  at: Date
}

/**
 * Asking again with the id finds the ride. Throws ride-code-refused (with the terminal's reason), ride-account-not-found,
 * ride-account-suspended, ride-amount-too-high, ride-debt-too-high and ride-differs.
 */
export async function takeRide(
  parts: Parts,
  ride: RideTaken,
  now: Date
): Promise<{ cardNumber: string; amount: number }> {
  const { sql } = parts
  const bytes = rideCodeBytes(ride.code)
  if (bytes === null) throw refuse('ride-code-refused', { reason: 'base64' })
  const codeDigest = fromHex(rideCodeDigest(bytes))
  const known = await findTrip(sql, ride.id)
  if (known) {
    if (!Buffer.from(known.codeDigest).equals(codeDigest) || known.amount !== ride.amount) throw refuse('ride-differs')
    return known
  }
  const { cardNumber, singleTripLimit } = await verify(parts, bytes, ride.at)
  try {
    return await transaction(sql, async (tx) => {
      const account = await lockAccount(tx, cardNumber)
      if (!account) throw refuse('ride-account-not-found')
      const fault = rideFault(account, ride.amount, singleTripLimit)
      if (fault) throw refuse(fault)
      const clearingDay = await holdOpenDay(tx, now)
      await insertTrip(tx, { ...ride, cardNumber, codeDigest, code: bytes, clearingDay }, now)
      return { cardNumber, amount: ride.amount }
    })
  } catch (error) {
    if (violates(error, 'ride_trip_code')) throw refuse('ride-code-refused', { reason: 'code-repeated' })
    throw error
  }
}

/** What a terminal checks, with the time of the ride. */
async function verify(
  { sql, keys }: Parts,
  bytes: Uint8Array,
  at: Date
): Promise<{ cardNumber: string; singleTripLimit: number }> {
  const read = readRideCode(bytes)
  const cardNumber = typeof read === 'string' ? '' : read.userAccount.slice(0, 19)
  const last = /^\d{19}$/.test(cardNumber) ? await findLastTrip(sql, cardNumber) : undefined
  const verdict = checkRideCode(bytes, {
    now: seconds(at),
    roots: [await rideRoot(keys)],
    accountTypes,
    localOrganisations: new Set(await listRideIssuers(sql)),
    listedIssuers: new Set(),
    precedingRide: () =>
      last ? { acceptedAt: seconds(last.at), codeDigest: last.codeDigest.toHex().toUpperCase() } : null,
    minimumIntervalSeconds
  })
  if (!verdict.accepted) throw refuse('ride-code-refused', { reason: verdict.reason })
  return { cardNumber, singleTripLimit: verdict.code.singleTripLimit }
}

/** Throws ride-account-not-found. */
export async function requireAccount(sql: Database, cardNumber: string): Promise<RideAccount> {
  const account = await findAccount(sql, cardNumber)
  if (!account) throw refuse('ride-account-not-found')
  return account
}

function seconds(at: Date): number {
  return Math.floor(at.getTime() / 1000)
}
