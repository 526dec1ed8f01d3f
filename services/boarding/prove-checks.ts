// Proving what was shown at doors, for all who stand there at the moment: the facts are fetched together, each code or document goes
// through the one verifier by itself.
import type { KeyStore } from '../../card-crypto/key-store.ts'
import { sm2Verify } from '../../card-crypto/sm2.ts'
import { hmacSm3 } from '../../card-crypto/sm3.ts'
import type { Database, Queryable } from '../../clearing/database.ts'
import type { DocumentKind } from '../identity/document-rules.ts'
import { digestDocument } from '../identity/seal-identity.ts'
import { refuse } from '../refusals.ts'
import { findBoardedDeparture, findJourneyTickets, type BoardingTicket, type CheckRow } from './boarding-queries.ts'
import type { CheckRequest } from './boarding-schemas.ts'
import {
  findBoardingTickets,
  findChecksByNonces,
  findDoors,
  findPassages,
  findSignedBodies,
  findTicketsOfDocuments,
  type Door
} from './check-in-queries.ts'
import { departureKeyOf } from './credentials/departure-key.ts'
import type { TicketClaims, TicketCode } from './credentials/ticket-code.ts'
import { refused, type Refused } from './gate-refusals.ts'
import { findPolicies, policyOf, type PolicyRow } from './gates/lists/policy-queries.ts'
import { findIssuerKeys, type IssuerKeyRow } from './issuer-keys/issuer-key-queries.ts'
import { passageRules, type PassageKind } from './passages/passage-rules.ts'
import {
  legAtGate,
  readCode,
  verifyCode,
  verifyDocumentTickets,
  type GateCrypto,
  type GateView,
  type TicketRecord
} from './verify-ticket-rules.ts'

export interface AskedCheck {
  request: CheckRequest
  actor: string
  now: Date
}

/** What proving the code or the document came to. */
export interface Proof {
  door: Door
  passage: PassageKind
  means: CheckRow['means']
  /** Null when nothing was proved, so that the check is kept under no ticket's name. */
  ticketNo: string | null
  ticket: BoardingTicket | null
  fault: Refused | null
}

interface Parts {
  sql: Database
  keys: KeyStore
}

/** What was shown, before anything is looked up. */
type Shown =
  | { kind: 'code'; code: TicketCode }
  | { kind: 'unreadable'; refused: Refused }
  | { kind: 'document'; digest: Uint8Array }

export interface Facts {
  /** By gate and nonce: checks made before. */
  known: Map<string, CheckRow>
  prove: (index: number) => Promise<Proof>
}

/** One look-up of each kind for everybody. Proving one may throw the refusals gate-not-found and code-or-document-required. */
export async function gatherFacts({ sql, keys }: Parts, batch: readonly AskedCheck[]): Promise<Facts> {
  const shown = await Promise.all(batch.map(async ({ request }) => await readShown(keys, request).catch(asError)))
  const codes = shown.flatMap((each) => ('kind' in each && each.kind === 'code' ? [each.code] : []))
  const digests = shown.flatMap((each) => ('kind' in each && each.kind === 'document' ? [each.digest] : []))
  const ticketNos = [...new Set(codes.map(({ claims }) => claims.ticketNo))]
  const now = batch[0]!.now
  const requests = batch.map(({ request }) => request)
  const [doors, policies, issuers, known, ofCodes, bodies, ofDocuments] = await Promise.all([
    findDoors(sql, [...new Set(requests.map(({ gate }) => gate))]),
    findPolicies(sql, now),
    codes.length > 0 ? findIssuerKeys(sql) : [],
    findChecksByNonces(sql, requests),
    ticketNos.length > 0 ? findBoardingTickets(sql, ticketNos) : [],
    ticketNos.length > 0 ? findSignedBodies(sql, ticketNos) : [],
    digests.length > 0 ? findTicketsOfDocuments(sql, digests, now) : []
  ])
  const lookUp: LookUp = {
    sql,
    keys,
    policies,
    doors: new Map(doors.map((door) => [door.id, door])),
    issuers: new Map(issuers.map((issuer) => [issuer.version, issuer])),
    tickets: new Map(ofCodes.map((ticket) => [ticket.ticketNo, ticket])),
    ofDocuments: Map.groupBy(ofDocuments, ({ documentDigest }) => base64(documentDigest!)),
    crypto: cryptoKnowing(bodies)
  }
  return {
    known: new Map(known.map((check) => [`${check.gate} ${check.nonce}`, check])),
    prove: async (index) => {
      const each = shown[index]!
      if (!('kind' in each)) throw each.error
      return await proveOne(lookUp, batch[index]!, each)
    }
  }
}

const asError = (error: unknown): { error: unknown } => ({ error })
const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64')

async function readShown(keys: KeyStore, { code, document }: CheckRequest): Promise<Shown> {
  if (code !== undefined) {
    const read = readCode(code.trim())
    return read.code ? { kind: 'code', code: read.code } : { kind: 'unreadable', refused: read.refused }
  }
  if (document === undefined) throw refuse('code-or-document-required')
  return { kind: 'document', digest: await digestDocument(keys, document) }
}

/**
 * A static part that is byte for byte one we signed and kept needs no arithmetic to be believed; any other is put to the issuer's key. A
 * phone's own signature is always verified.
 */
function cryptoKnowing(bodies: readonly Uint8Array[]): GateCrypto {
  const signed = new Set(bodies.map(base64))
  return {
    hmacSm3,
    sm2Verify: (publicKey, message, signature) =>
      signed.has(base64(Buffer.concat([message, signature]))) || sm2Verify(publicKey, message, signature)
  }
}

interface LookUp {
  sql: Queryable
  keys: KeyStore
  policies: readonly PolicyRow[]
  doors: Map<number, Door>
  issuers: Map<number, IssuerKeyRow>
  tickets: Map<string, BoardingTicket>
  ofDocuments: Map<string, BoardingTicket[]>
  crypto: GateCrypto
}

async function proveOne(lookUp: LookUp, { request, now }: AskedCheck, shown: Shown): Promise<Proof> {
  const door = lookUp.doors.get(request.gate)
  if (!door) throw refuse('gate-not-found')
  const passage = request.passage ?? door.passage
  const nothing = { door, passage, means: 'code', ticketNo: null, ticket: null } as const
  if (shown.kind === 'unreadable') return { ...nothing, fault: shown.refused }
  const view = await viewOf(lookUp, door, { request, passage, now })
  const proof =
    shown.kind === 'code'
      ? await proveCode(lookUp, request, { code: shown.code, view })
      : proveDocument(lookUp, shown.digest, view)
  const fault = proof.fault ?? (await verifyOrder(lookUp.sql, proof.ticket, { door, passage }))
  return { door, passage, ...proof, fault }
}

/** The system itself is asked: nothing is old here. A departure that does not board at this place is nobody's. */
async function viewOf(
  { sql, policies }: LookUp,
  { place, placeId }: Door,
  { request: { departure }, passage, now }: { request: CheckRequest; passage: PassageKind; now: Date }
): Promise<GateView> {
  const found = departure === undefined ? null : await findBoardedDeparture(sql, { departure, place })
  const boarding = departure === undefined ? null : (found ?? { departure, line: 0, departsAt: now })
  return { now, place, door: passageRules[passage], boarding, policy: policyOf(policies, placeId), offline: null }
}

type Proved = Pick<Proof, 'means' | 'ticketNo' | 'ticket' | 'fault'>

/** Tickets whose door has closed or not yet opened are not the document's answer here. */
function proveDocument({ ofDocuments }: LookUp, digest: Uint8Array, view: GateView): Proved {
  const found = (ofDocuments.get(base64(digest)) ?? []).filter((ticket) => isOpenFor(ticket, view))
  const verdict = verifyDocumentTickets(found.map(recordOf), view)
  const ticketNo = verdict.record?.ticketNo ?? null
  const ticket = found.find((each) => each.ticketNo === ticketNo) ?? null
  return { means: 'document', ticketNo, ticket, fault: verdict.opens ? null : verdict.refused }
}

function isOpenFor({ from, departsAt, notBefore, notAfter }: BoardingTicket, { now, place, door }: GateView): boolean {
  const { opensMinutes, closesMinutes } = door
  const opens = opensMinutes === null ? notBefore.getTime() : departsAt.getTime() - opensMinutes * 60_000
  const closes = closesMinutes === null ? notAfter.getTime() : departsAt.getTime() + closesMinutes * 60_000
  return from === place && now.getTime() >= opens && now.getTime() <= closes
}

async function proveCode(
  lookUp: LookUp,
  { documentNumber }: CheckRequest,
  { code, view }: { code: TicketCode; view: GateView }
): Promise<Proved> {
  const { keys, issuers, crypto } = lookUp
  const { claims } = code
  const ticket = await findTicketOfCode(lookUp, claims, view)
  const facts = {
    issuer: issuers.get(claims.issuerKey) ?? null,
    record: ticket && recordOf(ticket),
    departureKey: await departureKeyOf(keys, (ticket ?? claims).departure),
    shownTag: documentNumber === undefined ? null : await digestShown(keys, claims.documentKind, documentNumber)
  }
  const verdict = verifyCode(code, facts, view, crypto)
  const fault = verdict.opens ? null : verdict.refused
  const isProved = !fault || !unproved.has(fault.code)
  return {
    means: claims.form === 'slip' ? 'slip' : 'code',
    ticketNo: isProved ? (ticket?.ticketNo ?? claims.ticketNo) : null,
    ticket: isProved ? ticket : null,
    fault
  }
}

/** What these codes claim is nobody's word. */
const unproved = new Set<string>(['issuer-unknown', 'issuer-revoked', 'issuer-retired', 'signature-invalid'])

/** Of a journey, the leg that boards here. A changed leg is no longer travelled; what it was changed to is a leg of the journey too. */
async function findTicketOfCode(
  { sql, tickets }: LookUp,
  claims: TicketClaims,
  view: GateView
): Promise<BoardingTicket | null> {
  if (claims.journey) {
    const legs = (await findJourneyTickets(sql, claims.journey)).filter(({ state }) => state !== 'CHANGED')
    const leg = legAtGate(legs, view)
    if (leg) return leg
  }
  return tickets.get(claims.ticketNo) ?? null
}

/** The number counts as of the kind the ticket was bought with: a scanner need not know which kind it read. */
async function digestShown(keys: KeyStore, documentKind: number, number: string): Promise<Uint8Array> {
  const kind = String(documentKind).padStart(2, '0') as DocumentKind
  return await digestDocument(keys, { kind, number })
}

/** As the verifier asks for it: documents are compared by our own digest. */
function recordOf(ticket: BoardingTicket): TicketRecord {
  const { checkedAt, checkedGate, documentDigest } = ticket
  return { ...ticket, documentTag: documentDigest, checked: checkedAt ? { at: checkedAt, gate: checkedGate! } : null }
}

/** A place that has a security check wants it passed before its waiting hall and its gates. */
async function verifyOrder(
  sql: Queryable,
  ticket: BoardingTicket | null,
  { door, passage }: { door: Door; passage: PassageKind }
): Promise<Refused | null> {
  const { after } = passageRules[passage]
  const vehicle = ticket?.fareKind === 'vehicle' || ticket?.fareKind === 'truck'
  if (after === null || !ticket || vehicle || !door.placeDoors.includes(after)) return null
  const passed = await findPassages(sql, [ticket.ticketNo])
  const { name, english } = passageRules[after]
  return passed.has(`${ticket.ticketNo} ${after}`) ? null : refused('door-first', { door: name, doorEnglish: english })
}
