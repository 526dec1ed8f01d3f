// The lists a gate goes by when it is on its own: its departures with their keys, the tickets with what stands for each document (never a
// name or number beyond what its screen shows), the issuer's keys, and what changed since it last asked.
import { hex } from '../../../../card-crypto/bytes.ts'
import type { KeyStore } from '../../../../card-crypto/key-store.ts'
import { sm3 } from '../../../../card-crypto/sm3.ts'
import type { Database } from '../../../../clearing/database.ts'
import { openIdentity, showIdentity } from '../../../identity/seal-identity.ts'
import { findGate, type BoardingTicket } from '../../boarding-queries.ts'
import { departureKeyOf, tagOfDocument } from '../../credentials/departure-key.ts'
import { findIssuerKeys } from '../../issuer-keys/issuer-key-queries.ts'
import { signingKey } from '../../issuer-keys/rotate-issuer-key.ts'
import type { GateManifest, KeyList, ManifestDeparture, ManifestTicket, RevocationDelta } from '../gate-schemas.ts'
import {
  currentVersion,
  findBoardingDepartures,
  findListedTickets,
  findRevocations,
  type Listing,
  type Window
} from './list-queries.ts'
import { findPolicies, policyOf } from './policy-queries.ts'

interface Parts {
  sql: Database
  keys: KeyStore
}

/** How long ago a departure may have left and still be on the lists: late check-in, and gates that were late themselves. */
const looksBackMs = 2 * 3_600_000

export interface Asked {
  gate: number
  /** The version of an earlier answer; null for everything. */
  since: number | null
  /** The end of that answer's window. */
  listedUntil: Date | null
  hours: number
}

/** Throws the refusal gate-not-found. */
export async function buildKeyList({ sql, keys: store }: Parts, gate: number, now: Date): Promise<KeyList> {
  const { placeId } = await findGate(sql, gate)
  await signingKey({ sql, keys: store }, now)
  const [keys, policies] = await Promise.all([findIssuerKeys(sql), findPolicies(sql, now)])
  const listed = keys.map(({ version, publicKey, acceptedUntil, revokedAt }) => {
    return { version, publicKey: Buffer.from(publicKey).toString('base64'), acceptedUntil, revokedAt }
  })
  return { serverTime: now, keys: listed, policy: policyOf(policies, placeId) }
}

/** Throws the refusal gate-not-found. */
export async function buildManifest({ sql, keys }: Parts, asked: Asked, now: Date): Promise<GateManifest> {
  const gate = await findGate(sql, asked.gate)
  const window = windowOf(gate.place, asked.hours, now)
  const { version, departures, listing } = await lookUp(sql, asked, window)
  const ids = listing.departures
  const rows = ids.length === 0 ? [] : await findListedTickets(sql, listing)
  const departureKeys = new Map<number, Uint8Array>()
  for (const id of ids) departureKeys.set(id, await departureKeyOf(keys, id))
  const tickets: ManifestTicket[] = []
  for (const row of rows) tickets.push(await listedTicket(keys, row, departureKeys.get(row.departure)!))
  return {
    serverTime: now,
    gate: gate.id,
    number: gate.number,
    passage: gate.passage,
    place: gate.place,
    placeName: gate.placeName,
    version,
    full: listing.since === null,
    from: window.from,
    until: window.until,
    departures: departures.map((departure): ManifestDeparture => {
      return { ...departure, key: Buffer.from(departureKeys.get(departure.id)!).toString('base64') }
    }),
    tickets
  }
}

/** Throws the refusal gate-not-found. */
export async function buildRevocations({ sql }: Pick<Parts, 'sql'>, asked: Asked, now: Date): Promise<RevocationDelta> {
  const gate = await findGate(sql, asked.gate)
  const { version, listing } = await lookUp(sql, asked, windowOf(gate.place, asked.hours, now))
  const revocations = listing.departures.length === 0 ? [] : await findRevocations(sql, listing)
  return { serverTime: now, version, full: listing.since === null, revocations }
}

/**
 * The version is read before the lists, so that nothing falls between them. One we have never given (of a database that was restored) is
 * answered with everything. A departure that has come into the window since is listed whole.
 */
async function lookUp(sql: Database, { since, listedUntil }: Asked, window: Window) {
  const version = await currentVersion(sql)
  const departures = await findBoardingDepartures(sql, window)
  const fresh = departures.filter(({ departsAt }) => listedUntil !== null && departsAt > listedUntil)
  const known = since !== null && since <= version
  const listing: Listing = {
    place: window.place,
    departures: departures.map(({ id }) => id),
    since: known ? { version: since, fresh: fresh.map(({ id }) => id) } : null
  }
  return { version, departures, listing }
}

function windowOf(place: string, hours: number, now: Date): Window {
  return { place, from: new Date(now.getTime() - looksBackMs), until: new Date(now.getTime() + hours * 3_600_000) }
}

async function listedTicket(keys: KeyStore, row: BoardingTicket, departureKey: Uint8Array): Promise<ManifestTicket> {
  const identity = await openIdentity(keys, row.identity, `${row.orderId}:${row.position}`)
  const { ticketNo, departure, leg, journey, seat, fareKind, state, edition, to, toName, checkedAt, checkedGate } = row
  const tag = identity.document && tagOfDocument(departureKey, identity.document)
  return {
    ticketNo,
    departure,
    leg: leg + 1,
    journey,
    seat,
    fareKind,
    state,
    edition,
    to,
    toName,
    passenger: showIdentity(identity, 'public'),
    documentTag: tag && Buffer.from(tag).toString('base64'),
    checkedAt,
    checkedGate
  }
}

/** Names what a list says, whenever it was made: the same for two answers in which nothing differs but the time and the version. */
export function etagOf(list: { serverTime: Date }): string {
  const lasting = { ...list, serverTime: null, version: null, from: null, until: null }
  return `"${hex(sm3(Buffer.from(JSON.stringify(lasting)))).slice(0, 32)}"`
}
