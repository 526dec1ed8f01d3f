// The code a passenger shows: the static part is signed once, when it is first asked for, and kept; the code of the moment is derived
// for every showing. Selling signs nothing, so the issuer's key is never the limit of a sale.
import type { KeyReference, KeyStore } from '../../card-crypto/key-store.ts'
import { concat } from '../../card-crypto/bytes.ts'
import { transaction, type Database } from '../../clearing/database.ts'
import { refuse } from '../refusals.ts'
import { requireTicketRow, type Viewer } from '../ticketing/show-order.ts'
import { findBoardingTicket, findCredential, keepCredential, type BoardingTicket } from './boarding-queries.ts'
import type { CodeForm, TicketCodeAnswer } from './boarding-schemas.ts'
import { encodeClaims, encodeTicketCode, timeCodeDigits, timeStepSeconds, type TicketClaims } from './ticket-code.ts'

const keyVersion = 1

export function ticketSignatureKey(version: number): KeyReference {
  return { purpose: 'ticket-signature', scope: '', version, index: 0, algorithm: 'sm2' }
}

export const ticketTimeCodeKey: KeyReference = {
  purpose: 'ticket-totp',
  scope: '',
  version: 1,
  index: 0,
  algorithm: 'hmac-sm3'
}

/** The keys boarding needs. */
export const boardingKeys: readonly KeyReference[] = [ticketSignatureKey(keyVersion), ticketTimeCodeKey]

/** Throws the refusals ticket-not-found and, when the ticket cannot board any more, ticket-without-code. */
export async function showCode(
  { sql, keys }: { sql: Database; keys: KeyStore },
  { ticketNo, form }: { ticketNo: string; form: CodeForm },
  viewer: Viewer,
  now: Date
): Promise<TicketCodeAnswer> {
  await requireTicketRow(sql, ticketNo, viewer)
  const ticket = (await findBoardingTicket(sql, ticketNo))!
  if (ticket.state !== 'ISSUED') throw refuse('ticket-without-code', { state: ticket.state })
  const kept = await findCredential(sql, { ticketNo, form, edition: ticket.edition })
  const body = kept ?? (await signCredential({ sql, keys }, ticket, form, now))
  const { notBefore, notAfter } = ticket
  if (form === 'slip')
    return { ticketNo, form, payload: encodeTicketCode(body, null), refreshSeconds: null, notBefore, notAfter }
  const timeCode = await timeCodeAt(keys, ticketNo, now)
  const refreshSeconds = timeStepSeconds - (Math.floor(now.getTime() / 1000) % timeStepSeconds)
  return { ticketNo, form, payload: encodeTicketCode(body, timeCode), refreshSeconds, notBefore, notAfter }
}

async function signCredential(
  { sql, keys }: { sql: Database; keys: KeyStore },
  ticket: BoardingTicket,
  form: CodeForm,
  now: Date
): Promise<Uint8Array> {
  const { ticketNo, edition } = ticket
  const claims = encodeClaims(claimsOf(ticket, form))
  const body = concat(claims, await keys.sign(ticketSignatureKey(keyVersion), claims))
  return await transaction(sql, async (tx) => await keepCredential(tx, { ticketNo, form, edition, body }, now))
}

function claimsOf(ticket: BoardingTicket, form: CodeForm): TicketClaims {
  const { ticketNo, departure, from, to, departsAt, fareKind, notBefore, notAfter } = ticket
  return {
    issuerKey: keyVersion,
    ticketNo,
    departure,
    leg: 1,
    from,
    to,
    departsAt,
    seat: ticket.seat ?? 0,
    fareKind,
    slip: form === 'slip',
    edition: ticket.edition,
    documentKind: Number(ticket.documentKind ?? 0),
    documentHash: ticket.documentDigest?.subarray(0, 6) ?? new Uint8Array(6),
    notBefore,
    notAfter
  }
}

/** `stepsLater` steps from now. */
export async function timeCodeAt(keys: KeyStore, ticketNo: string, now: Date, stepsLater = 0): Promise<string> {
  const step = Math.floor(now.getTime() / 1000 / timeStepSeconds) + stepsLater
  return await keys.timeCode(ticketTimeCodeKey, ticketNo, step, timeCodeDigits)
}
