// A check at a gate (检票): the code or the document is proved, the ticket is looked at under its lock, and whatever the answer, it is
// kept. The gate names each scan by a nonce, so a message sent twice is one scan.
import type { KeyStore } from '../../card-crypto/key-store.ts'
import { sm2Verify } from '../../card-crypto/sm2.ts'
import { transaction, type Database, type Transaction } from '../../clearing/database.ts'
import type { DocumentKind } from '../identity/document-rules.ts'
import { digestDocument, openIdentity, showIdentity } from '../identity/seal-identity.ts'
import { refuse } from '../refusals.ts'
import {
  findBoardingTicket,
  findCheckByNonce,
  findGate,
  findTicketsAtGate,
  lockCheck,
  lockTicket,
  recordCheck,
  undoCheck,
  type BoardingTicket,
  type CheckRow,
  type GateRow
} from './boarding-queries.ts'
import type { CheckAnswer, CheckRequest } from './boarding-schemas.ts'
import { ticketSignatureKey, timeCodeAt } from './show-code.ts'
import { parseTicketCode, type TicketCode } from './ticket-code.ts'
import {
  gateRefusals,
  refused,
  verifyTicketCode,
  verifyTicketRecord,
  verifyTimeAndPlace,
  wordsOf
} from './verify-ticket-rules.ts'
import type { GateView, Refused } from './verify-ticket-rules.ts'

interface Parts {
  sql: Database
  keys: KeyStore
}

/** What proving the code or the document came to, before the ticket itself is looked at. */
interface Proof {
  means: CheckRow['means']
  ticketNo: string | null
  /** Of the code that was shown; null for a document. */
  edition: number | null
  fault: Refused | null
}

/** Throws the refusals gate-not-found, code-or-document-required and nonce-reused; a gate's "no" is an answer, not a refusal. */
export async function checkIn(
  { sql, keys }: Parts,
  request: CheckRequest,
  actor: string,
  now: Date
): Promise<CheckAnswer> {
  const gate = await findGate(sql, request.gate)
  const view: GateView = { now, place: gate.place, departure: request.departure ?? null }
  const proof = await prove({ sql, keys }, request, view)
  const before = await findCheckByNonce(sql, gate.id, request.nonce)
  const check = before ?? (await transaction(sql, async (tx) => await decide(tx, { gate, request, proof, actor }, now)))
  if (check.ticketNo && proof.ticketNo && check.ticketNo !== proof.ticketNo) throw refuse('nonce-reused')
  const ticket = check.ticketNo === null ? null : await findBoardingTicket(sql, check.ticketNo)
  return await answerOf(keys, check, ticket)
}

async function prove({ sql, keys }: Parts, request: CheckRequest, gate: GateView): Promise<Proof> {
  if (request.code !== undefined) return await proveCode(keys, request, gate)
  if (request.document === undefined) throw refuse('code-or-document-required')
  const documentDigest = await digestDocument(keys, request.document)
  const found = await findTicketsAtGate(sql, { documentDigest, place: gate.place }, gate.now)
  const ticket = found.find(({ departure }) => gate.departure === null || departure === gate.departure) ?? found[0]
  if (!ticket) return { means: 'document', ticketNo: null, edition: null, fault: refused('no-ticket-for-document') }
  return { means: 'document', ticketNo: ticket.ticketNo, edition: null, fault: verifyTimeAndPlace(ticket, gate) }
}

async function proveCode(keys: KeyStore, { code, documentNumber }: CheckRequest, gate: GateView): Promise<Proof> {
  const parsed = parseTicketCode(code!.trim())
  if (!parsed) return { means: 'code', ticketNo: null, edition: null, fault: refused('code-unreadable') }
  const { claims, timeCode } = parsed
  const means = claims.slip ? 'slip' : 'code'
  const signatureValid = await verifySignature(keys, parsed)
  const currentCodes = timeCode === null ? null : await codesAround(keys, claims.ticketNo, gate.now)
  const shownDocument =
    documentNumber === undefined ? null : await digestShown(keys, claims.documentKind, documentNumber)
  const fault = verifyTicketCode(parsed, { signatureValid, currentCodes, shownDocument }, gate)
  return { means, ticketNo: signatureValid ? claims.ticketNo : null, edition: claims.edition, fault }
}

/** Null when the issuer's key is not known here. */
async function verifySignature(keys: KeyStore, { claims, signed, signature }: TicketCode): Promise<boolean | null> {
  const key = ticketSignatureKey(claims.issuerKey)
  if (!(await keys.hasKey(key))) return null
  return sm2Verify(await keys.publicKey(key), signed, signature)
}

/** One step to either side: clocks differ, and a code lives a little while on a screen. */
async function codesAround(keys: KeyStore, ticketNo: string, now: Date): Promise<string[]> {
  return await Promise.all([-1, 0, 1].map((steps) => timeCodeAt(keys, ticketNo, now, steps)))
}

/** The number counts as of the kind the ticket was bought with: a scanner need not know which kind it read. */
async function digestShown(keys: KeyStore, documentKind: number, number: string): Promise<Uint8Array> {
  const kind = String(documentKind).padStart(2, '0') as DocumentKind
  return await digestDocument(keys, { kind, number })
}

interface Decision {
  gate: GateRow
  request: CheckRequest
  proof: Proof
  actor: string
}

async function decide(tx: Transaction, { gate, request, proof, actor }: Decision, now: Date): Promise<CheckRow> {
  if (proof.ticketNo !== null) await lockTicket(tx, proof.ticketNo)
  const ticket = proof.ticketNo === null ? null : await findBoardingTicket(tx, proof.ticketNo)
  const fault = proof.fault ?? verifyTicketRecord(ticket && recordOf(ticket), proof.edition)
  const check = {
    gate: gate.id,
    nonce: request.nonce,
    ticketNo: ticket?.ticketNo ?? null,
    means: proof.means,
    result: fault ? 'REFUSED' : 'OPEN',
    code: fault?.code ?? '',
    named: fault?.named ?? {},
    actor,
    checkedAt: now
  } as const
  const gateName = `${gate.placeName} ${gate.number}号口`
  return (await recordCheck(tx, check, gateName)) ?? (await findCheckByNonce(tx, gate.id, request.nonce))!
}

function recordOf({ state, departureState, edition, checkedAt, checkedGate }: BoardingTicket) {
  return { state, departureState, edition, checked: checkedAt ? { at: checkedAt, gate: checkedGate! } : null }
}

async function answerOf(keys: KeyStore, check: CheckRow, ticket: BoardingTicket | null): Promise<CheckAnswer> {
  const { id, result, checkedAt, named } = check
  const code = result === 'OPEN' ? null : (check.code as Refused['code'])
  const [message, english] = code ? wordsOf({ code, named }) : ['请上车', 'welcome aboard']
  const answer = { id, result, code, number: code && gateRefusals[code][0], message, english, checkedAt }
  if (!ticket) return { ...answer, ticket: null }
  const { ticketNo, seat, fareKind, departure, departsAt, fromName, toName } = ticket
  const identity = await openIdentity(keys, ticket.identity, `${ticket.orderId}:${ticket.position}`)
  const passenger = showIdentity(identity, 'public')
  return { ...answer, ticket: { ticketNo, seat, fareKind, departure, departsAt, fromName, toName, passenger } }
}

/** Takes back a check (取消检票): by whoever made it, before the departure has left. Throws check-not-found and check-not-undoable. */
export async function undoCheckIn({ sql }: Pick<Parts, 'sql'>, id: number, actor: string, now: Date): Promise<void> {
  await transaction(sql, async (tx) => {
    const check = await lockCheck(tx, id)
    if (!check || check.actor !== actor || check.result !== 'OPEN') throw refuse('check-not-found')
    if (check.undoneAt) return
    await lockTicket(tx, check.ticketNo!)
    const ticket = (await findBoardingTicket(tx, check.ticketNo!))!
    const gone = ticket.departureState === 'DISPATCHED' || ticket.departureState === 'ARRIVED'
    if (ticket.state !== 'CHECKED' || gone) throw refuse('check-not-undoable')
    await undoCheck(tx, check, actor, now)
  })
}
