// The code a passenger shows: the static part is signed once, when it is first asked for, and kept; the moment is made for every showing,
// here or by the phone's own key. Selling signs nothing, so the issuer's key is never the limit of a sale.
import type { KeyReference, KeyStore } from '../../../card-crypto/key-store.ts'
import { concat } from '../../../card-crypto/bytes.ts'
import { hmacSm3 } from '../../../card-crypto/sm3.ts'
import { transaction, type Database, type Queryable } from '../../../clearing/database.ts'
import { openIdentity } from '../../identity/seal-identity.ts'
import { refuse } from '../../refusals.ts'
import { requireTicketRow, type Viewer } from '../../ticketing/show-order.ts'
import { findBoardingTicket, findJourneyTickets, type BoardingTicket } from '../boarding-queries.ts'
import { signingKey, ticketSignatureKey } from '../issuer-keys/rotate-issuer-key.ts'
import { findCredential, keepCredential } from './credential-queries.ts'
import type { CodeForm, TicketCodeAnswer } from './credential-schemas.ts'
import { departureKeyOf, departureMasterKey, tagOfDocument } from './departure-key.ts'
import { timeCodeAt, timeStepSeconds } from './moment.ts'
import {
  encodeClaims,
  encodeTicketCode,
  signatureLength,
  type CredentialForm,
  type TicketClaims
} from './ticket-code.ts'

/** The keys boarding needs from the start. */
export const boardingKeys: readonly KeyReference[] = [ticketSignatureKey(1), departureMasterKey]

interface Parts {
  sql: Database
  keys: KeyStore
}

/**
 * Any leg's code opens the doors of all legs of its journey, so it is shown as long as one of them is still to be travelled. Throws the
 * refusals ticket-not-found and, when nothing can be boarded with it, ticket-without-code.
 */
export async function showCode(
  parts: Parts,
  { ticketNo, form }: { ticketNo: string; form: CodeForm },
  viewer: Viewer,
  now: Date
): Promise<TicketCodeAnswer> {
  await requireTicketRow(parts.sql, ticketNo, viewer)
  const { ticket, legs } = await findCodeTicket(parts.sql, ticketNo)
  const body = await credentialOf(parts, ticket, { form, deviceKey: null }, now)
  const { notBefore, notAfter } = ticket
  const about = { ticketNo, form, notBefore, notAfter }
  if (form === 'slip') return { ...about, payload: encodeTicketCode(body), refreshSeconds: null }
  const departureKey = await departureKeyOf(parts.keys, legOfMoment(ticket, legs, now).departure)
  const payload = encodeTicketCode(body, timeCodeAt({ hmac: hmacSm3, departureKey }, ticket, now))
  return { ...about, payload, refreshSeconds: timeStepSeconds - (Math.floor(now.getTime() / 1000) % timeStepSeconds) }
}

/** The ticket and what is still to be travelled with its code. Throws ticket-without-code. */
export async function findCodeTicket(
  sql: Queryable,
  ticketNo: string
): Promise<{ ticket: BoardingTicket; legs: BoardingTicket[] }> {
  const ticket = await findBoardingTicket(sql, ticketNo)
  // The open way back of a return ticket goes by the code of the way out.
  if (!ticket) throw refuse('ticket-without-code', { state: 'ISSUED' })
  const { state, journey } = ticket
  const legs = (journey ? await findJourneyTickets(sql, journey) : [ticket]).filter((leg) => leg.state === 'ISSUED')
  const travelled = state === 'CHECKED' || state === 'USED'
  if (state !== 'ISSUED' && !(travelled && legs.length > 0)) throw refuse('ticket-without-code', { state })
  return { ticket, legs }
}

/**
 * The gates of a departure know its own key only, so the moment is made for the leg that boards next: by time, for an offline gate may
 * not have told us yet that the leg before was travelled.
 */
function legOfMoment(ticket: BoardingTicket, legs: readonly BoardingTicket[], now: Date): BoardingTicket {
  return legs.find(({ notAfter }) => now <= notAfter) ?? ticket
}

/** The static part: kept as long as it says what is so, else signed anew. */
export async function credentialOf(
  parts: Parts,
  ticket: BoardingTicket,
  { form, deviceKey }: { form: CredentialForm; deviceKey: Uint8Array | null },
  now: Date
): Promise<Uint8Array> {
  const { sql, keys } = parts
  const issuer = await signingKey(parts, now)
  const { ticketNo, edition } = ticket
  const key = { ticketNo, form, edition, issuerKey: issuer.version, deviceKey }
  const claims = encodeClaims(await claimsOf(keys, ticket, key))
  const kept = await findCredential(sql, key)
  if (kept && concat(claims, kept.subarray(-signatureLength)).toBase64() === kept.toBase64()) return kept
  const body = concat(claims, await keys.sign(ticketSignatureKey(issuer.version), claims))
  await transaction(sql, async (tx) => await keepCredential(tx, key, body, now))
  return body
}

type About = Pick<TicketClaims, 'issuerKey' | 'form' | 'deviceKey'>

async function claimsOf(
  keys: KeyStore,
  ticket: BoardingTicket,
  { issuerKey, form, deviceKey }: About
): Promise<TicketClaims> {
  const { ticketNo, departure, journey, from, to, departsAt, fareKind, notBefore, notAfter, edition } = ticket
  const { document } = await openIdentity(keys, ticket.identity, `${ticket.orderId}:${ticket.position}`)
  const departureKey = await departureKeyOf(keys, departure)
  return {
    issuerKey,
    form,
    edition,
    ticketNo,
    departure,
    leg: ticket.leg + 1,
    journey,
    from,
    to,
    departsAt,
    notBefore,
    notAfter,
    seat: ticket.seat ?? 0,
    fareKind,
    documentKind: Number(document?.kind ?? 0),
    documentTag: tagOfDocument(departureKey, document),
    deviceKey
  }
}
