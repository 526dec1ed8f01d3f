// What a gate on its own answers to what is shown to it: its lists looked up, and the one verifier asked. Pure, without node: modules: the
// gate page and the command line decide by these lines.
import { documentTagOf } from '../credentials/moment.ts'
import type { TicketClaims } from '../credentials/ticket-code.ts'
import { refused, type Refused } from '../gate-refusals.ts'
import type { ManifestTicket } from '../gates/gate-schemas.ts'
import { passageRules } from '../passages/passage-rules.ts'
import {
  legAtGate,
  readCode,
  verifyCode,
  verifyDocumentTickets,
  type GateCrypto,
  type GateView,
  type TicketRecord
} from '../verify-ticket-rules.ts'
import { journeyName, recordOf, toBase64, type GateLists, type Used } from './lists-rules.ts'

/** A gate at one moment. */
export interface LoneGate {
  lists: GateLists
  /** The platform's clock, as far as the gate knows it, and by how many seconds that may be wrong. */
  now: Date
  clockOffSeconds: number
  /** The departure it boards; null for all of its place. */
  boarding: number | null
  used: Used
  crypto: GateCrypto
}

/** The answer, and what is written down of it. */
export interface Judgement {
  /** Null opens the gate. */
  refused: Refused | null
  means: 'code' | 'slip' | 'document'
  /** What the code claims of itself; its word counts only when the gate opened or its list knows the ticket. */
  claims: TicketClaims | null
  ticketNo: string | null
  /** As listed; null for what was sold since, and for nobody's. */
  ticket: ManifestTicket | null
  documentChecked: boolean
  mixed: boolean
}

/** A document has another tag on each departure: those that board about now are tried first, the rest of the day only for nobody. */
const nearMs = 45 * 60_000
const aroundMs = 26 * 3_600_000

/** `documentOf` gives the canonical form of the document that was shown, once the code has said of which kind it is; null for none. */
export function judgeCode(
  text: string,
  documentOf: (documentKind: number) => string | null,
  gate: LoneGate
): Judgement {
  const read = readCode(text)
  if (!read.code) return { ...nothing, refused: read.refused }
  const { lists, used, crypto } = gate
  const { claims } = read.code
  const view = viewOf(gate)
  const record = recordOfCode(claims, gate, view)
  const departure = lists.departures.get((record ?? claims).departure)
  const document = documentOf(claims.documentKind)
  const shownTag = document !== null && departure ? documentTagOf(crypto.hmacSm3, departure.key, document) : null
  const facts = {
    issuer: lists.issuers.get(claims.issuerKey) ?? null,
    record,
    departureKey: departure?.key ?? null,
    shownTag
  }
  const verdict = verifyCode(read.code, facts, view, crypto)
  const { ticketNo } = record ?? claims
  const answer = verdict.opens ? usedBefore(ticketNo, used, view) : verdict.refused
  return {
    refused: answer,
    means: claims.form === 'slip' ? 'slip' : 'code',
    claims,
    ticketNo,
    ticket: lists.tickets.get(ticketNo) ?? null,
    documentChecked: shownTag !== null,
    mixed: verdict.opens && verdict.mixed
  }
}

/** The document alone, found by its tag on the departures around now. */
export function judgeDocument(document: string, gate: LoneGate): Judgement {
  const view = viewOf(gate)
  const near = ticketsOfDocument(document, gate, nearMs)
  const isMeant = near.some(({ state, checked }) => state === 'ISSUED' && !checked)
  const found = isMeant ? near : ticketsOfDocument(document, gate, aroundMs)
  const verdict = verifyDocumentTickets(found, view)
  const ticketNo = verdict.record?.ticketNo ?? null
  return {
    ...nothing,
    refused: verdict.opens ? null : verdict.refused,
    means: 'document',
    ticketNo,
    ticket: gate.lists.tickets.get(ticketNo ?? '') ?? null,
    documentChecked: true,
    mixed: verdict.opens && verdict.mixed
  }
}

/** On departures that board within so long of now. */
function ticketsOfDocument(document: string, { lists, used, crypto, now }: LoneGate, withinMs: number): TicketRecord[] {
  const found: TicketRecord[] = []
  for (const { id, key, notBefore, notAfter } of lists.departures.values()) {
    if (notBefore.getTime() - withinMs > now.getTime() || notAfter.getTime() + withinMs < now.getTime()) continue
    const tag = toBase64(documentTagOf(crypto.hmacSm3, key, document))
    const record = recordOf(lists, lists.byTag.get(`${id} ${tag}`) ?? '', used)
    if (record) found.push(record)
  }
  return found
}

const nothing: Judgement = {
  refused: null,
  means: 'code',
  claims: null,
  ticketNo: null,
  ticket: null,
  documentChecked: false,
  mixed: false
}

function viewOf({ lists, now, clockOffSeconds, boarding }: LoneGate): GateView {
  const departure = boarding === null ? undefined : lists.departures.get(boarding)
  const nobodys = boarding === null ? null : { departure: boarding, line: 0, departsAt: now }
  return {
    now,
    place: lists.place,
    door: passageRules[lists.passage],
    boarding: departure ? { departure: departure.id, line: departure.line, departsAt: departure.departsAt } : nobodys,
    policy: lists.policy,
    offline: { listsAsOf: lists.asOf, clockOffSeconds }
  }
}

function recordOfCode(claims: TicketClaims, { lists, used }: LoneGate, view: GateView): TicketRecord | null {
  const legs = claims.journey ? (lists.byJourney.get(journeyName(claims.journey)) ?? []) : []
  const records = legs.flatMap((ticketNo) => recordOf(lists, ticketNo, used) ?? [])
  return legAtGate(records, view) ?? recordOf(lists, claims.ticketNo, used)
}

/** A ticket that no list knows yet is used once here too. */
function usedBefore(ticketNo: string, used: Used, { door, now }: GateView): Refused | null {
  const before = used.get(ticketNo)
  if (!before || door.repeats) return null
  const time = new Date(before.at.getTime() + 8 * 3_600_000).toISOString()
  const today = new Date(now.getTime() + 8 * 3_600_000).toISOString().slice(0, 10) === time.slice(0, 10)
  const checked = today
    ? time.slice(11, 16)
    : `${Number(time.slice(5, 7))}月${Number(time.slice(8, 10))}日 ${time.slice(11, 16)}`
  return refused('already-checked', { checked, gate: String(before.gate) })
}
